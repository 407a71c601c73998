import { DeadlineExceeded, printable } from '../../authoring.js';

/** What the parser says; it quotes what it choked on, which may be part of a token. */
const PARSER_ERROR = /valid JSON|JSON input|in JSON|JSON at position/;

/**
 * An error of Azure's library in words that may be shown. Without its cause: that holds requests and responses.
 */
export function azureError(error: unknown): Error {
  if (error instanceof DeadlineExceeded) return new Error(`the identity endpoint gave ${error.message}`);
  if (!(error instanceof Error)) return new Error('an unknown error');
  if (PARSER_ERROR.test(error.message))
    return new Error('the identity endpoint or command did not answer in JSON');
  return new Error(printable(error.message));
}
