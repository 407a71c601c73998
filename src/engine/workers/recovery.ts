import type { RecoveryPolicy } from '../../config/spec.js';

/** Says when a worker that ended is started again, by the policies of the pipelines in it. */
export class Recovery {
  readonly startupTimeoutMs: number;
  readonly #policy: RecoveryPolicy;
  /** How often it was started again since it last served for long enough. */
  #restarts = 0;
  #servesSince: number | undefined;

  /** @param policies of the pipelines in the worker; where they differ, the more careful value holds */
  constructor(policies: readonly [RecoveryPolicy, ...RecoveryPolicy[]]) {
    const all = <Key extends keyof RecoveryPolicy>(key: Key) => policies.map((policy) => policy[key]);
    this.#policy = {
      enabled: all('enabled').every(Boolean),
      maxRestarts: Math.min(...all('maxRestarts')),
      initialBackoffMs: Math.max(...all('initialBackoffMs')),
      maxBackoffMs: Math.max(...all('maxBackoffMs')),
      startupTimeoutMs: Math.max(...all('startupTimeoutMs')),
      resetAfterMs: Math.max(...all('resetAfterMs')),
    };
    this.startupTimeoutMs = this.#policy.startupTimeoutMs;
  }

  /** How often it may be started again in a row. */
  get mostRestarts(): number {
    return this.#policy.enabled ? this.#policy.maxRestarts : 0;
  }

  /** It serves, at `now` in milliseconds. */
  serves(now: number): void {
    this.#servesSince = now;
  }

  /** It ended, or did not start. @returns milliseconds until it is started again; `undefined` when it is given up */
  ended(now: number): number | undefined {
    const { initialBackoffMs, maxBackoffMs, resetAfterMs } = this.#policy;
    if (this.#servesSince !== undefined && now - this.#servesSince >= resetAfterMs) this.#restarts = 0;
    this.#servesSince = undefined;
    if (this.#restarts >= this.mostRestarts) return undefined;
    this.#restarts += 1;
    return Math.min(maxBackoffMs, initialBackoffMs * 2 ** (this.#restarts - 1));
  }
}
