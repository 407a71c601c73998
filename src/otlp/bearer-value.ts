/** What is wrong with a token whose characters a header cannot carry. Says nothing of the token itself. */
export const UNFIT_FOR_HEADER =
  'has characters that an Authorization header cannot carry (allowed: visible ASCII, no spaces or line breaks)';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Whether a token can stand in an `Authorization` header: neither empty nor able to end the header's line. */
export function fitsHeader(token: string): boolean {
  return VISIBLE_ASCII.test(token);
}
