import { types } from 'node:util';

/**
 * Why a connection could not be made or broke, in the system's own words, such as `connect ECONNREFUSED
 * 127.0.0.1:4317`. Looks into the errors that hide the one that matters: one for every address that was tried, or
 * a cause.
 */
export function connectionReason(error: unknown): string {
  // Not `instanceof`: an error of the platform may come from another realm.
  if (!types.isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return connectionReason(error.errors[0]);
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (error.message === '' || error.message === 'fetch failed') {
    return error.cause === undefined ? (code ?? error.name) : connectionReason(error.cause);
  }
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}
