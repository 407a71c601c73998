import {
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { connectionReason, DeadlineExceeded, printable, type Secret } from '../../authoring.js';

/** A token request that failed, in words that may be shown. It has no cause: a library's error holds the request. */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError';
  /** Whether the server says that it does not accept the client's credentials as they were sent. */
  readonly clientRefused: boolean;

  constructor(message: string, clientRefused = false) {
    super(message);
    this.clientRefused = clientRefused;
  }
}

interface OAuthError {
  readonly error?: unknown;
  readonly error_description?: unknown;
}

/** Says what went wrong with a token request without what it carried. */
export async function tokenRequestError(
  error: unknown,
  secrets: readonly Secret[],
): Promise<TokenRequestError> {
  if (error instanceof TokenRequestError) return error;
  if (error instanceof ResponseBodyError) return refusal(error.status, error.cause, secrets);
  if (error instanceof WWWAuthenticateChallengeError) {
    return refusal(error.status, await bodyOf(error.response), secrets);
  }
  if (error instanceof OperationProcessingError) {
    // The cause of an unexpected status is the response itself.
    const { cause } = error;
    const status =
      typeof cause === 'object' && cause !== null && 'status' in cause ? cause.status : undefined;
    return typeof status === 'number' && status !== 200
      ? refusal(status, {}, secrets)
      : new TokenRequestError(
          `the token endpoint's answer is no token response: ${printable(error.message)}`,
        );
  }
  if (error instanceof UnsupportedOperationError) {
    // All that the library does not support of a token response is its type.
    return new TokenRequestError('the token endpoint issued a token of another type than bearer');
  }
  if (error instanceof DeadlineExceeded) {
    return new TokenRequestError(`the token endpoint gave ${error.message}`);
  }
  return new TokenRequestError(
    `the token endpoint cannot be reached: ${printable(connectionReason(error), secrets)}`,
  );
}

function refusal(status: number, body: OAuthError, secrets: readonly Secret[]): TokenRequestError {
  const { error, error_description: description } = body;
  const words = [error, description]
    .filter((word): word is string => typeof word === 'string' && word !== '')
    .map((word) => printable(word, secrets));
  const said = words.length === 0 ? '' : `: ${words.join(': ')}`;
  return new TokenRequestError(
    `the token endpoint answered HTTP ${status}${said}`,
    status === 401 || error === 'invalid_client',
  );
}

/** The OAuth error in the body of a challenge, which the library leaves unread. */
async function bodyOf(response: Response): Promise<OAuthError> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // A challenge without a JSON body is complete by its status.
    return {};
  }
}
