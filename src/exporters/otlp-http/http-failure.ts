/** No response came. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}
