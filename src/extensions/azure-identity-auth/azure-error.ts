import { DeadlineExceeded, printable, Secret } from '../../authoring.js';
import type { AzureEnvironment } from './credentials.js';

/** What the parser says; it quotes what it choked on, which may be part of a token. */
const PARSER_ERROR = /valid JSON|JSON input|in JSON|JSON at position/;

/** What the platform gives a process to show to its identity endpoint. */
const SECRET_VARIABLES = ['IDENTITY_HEADER', 'MSI_SECRET'] as const;

/**
 * An error of Azure's library in words that may be shown. Without its cause: that holds requests and responses.
 */
export function azureError(error: unknown, environment: AzureEnvironment): Error {
  if (error instanceof DeadlineExceeded) return new Error(`the identity endpoint gave ${error.message}`);
  if (!(error instanceof Error)) return new Error('an unknown error');
  if (PARSER_ERROR.test(error.message))
    return new Error('the identity endpoint or command did not answer in JSON');
  const secrets = SECRET_VARIABLES.map((name) => new Secret(environment[name] ?? ''));
  return new Error(printable(error.message, secrets));
}
