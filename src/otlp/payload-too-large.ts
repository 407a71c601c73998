/** A message, compressed or not, that is larger than its reader allows. */
export class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge';
  /** The limit that it is over, in bytes. */
  readonly limitBytes: number;

  constructor(what: string, limitBytes: number) {
    super(`${what} is larger than the limit of ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}
