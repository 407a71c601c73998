/** No response came. */
export class HttpFailure extends Error {
  override readonly name: string = 'HttpFailure';
}

/** The request was not sent: it was given up while it waited for the server to be reachable again. */
export class HeldBack extends HttpFailure {
  override readonly name = 'HeldBack';
}
