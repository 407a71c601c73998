/**
 * What a failure is called: its code, or else the name of its class. Never its message, which may hold a URL or
 * other values. Does not ask for the class `Error`, which is another one in another realm.
 */
export function errorName(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown error';
}
