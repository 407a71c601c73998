/** A package that cannot be written as asked; the message says what to ask instead. */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}
