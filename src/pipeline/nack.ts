/** What else is known of a failure. */
export interface NackOptions {
  readonly cause?: unknown;
  /** How long the other side asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * Why data was not delivered. A *permanent* failure will fail again however often it is tried (malformed data,
 * a refused request); a *retryable* one may pass later (a backend that is down, a token that is being renewed).
 */
export class Nack extends Error {
  override readonly name = 'Nack';
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;

  private constructor(permanent: boolean, reason: string, options: NackOptions) {
    super(reason, 'cause' in options ? { cause: options.cause } : undefined);
    this.permanent = permanent;
    this.retryAfterMs = options.retryAfterMs;
  }

  static permanent(reason: string, options: Pick<NackOptions, 'cause'> = {}): Nack {
    return new Nack(true, reason, options);
  }

  static retryable(reason: string, options: NackOptions = {}): Nack {
    return new Nack(false, reason, options);
  }

  /** What a node threw, as a nack: its own, or a permanent one around anything else. */
  static from(error: unknown): Nack {
    if (error instanceof Nack) return error;
    return Nack.permanent(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
