import { DeadlineExceeded, printable, Secret } from '../../authoring.js';

/** The environment variables of the process. */
export type AzureEnvironment = Readonly<Record<string, string | undefined>>;

/** What the parser says; it quotes what it choked on, which may be part of a token. */
const PARSER_ERROR = /valid JSON|JSON input|in JSON|JSON at position/;

/** What the platform gives a process to show to its identity endpoint. */
const SECRET_VARIABLES = ['IDENTITY_HEADER', 'MSI_SECRET'] as const;

/** What Azure's library says, fit for messages and logs. */
export function azureText(text: string, environment: AzureEnvironment): string {
  if (PARSER_ERROR.test(text)) return 'the identity endpoint or command did not answer in JSON';
  return printable(
    text,
    SECRET_VARIABLES.map((name) => new Secret(environment[name] ?? '')),
  );
}

/** An error of Azure's library in words that may be shown. Without its cause: that holds requests and responses. */
export function azureError(error: unknown, environment: AzureEnvironment): Error {
  if (error instanceof DeadlineExceeded) return new Error(`the identity endpoint gave ${error.message}`);
  return new Error(error instanceof Error ? azureText(error.message, environment) : 'an unknown error');
}
