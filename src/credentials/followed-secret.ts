import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Secret } from '../traits/secret.js';
import { abortable, DeadlineExceeded, withDeadline } from './deadline.js';
import { readSecretFile } from './secret-file.js';

/** Time for a writer that does not replace the file atomically to finish. */
const SETTLE_MS = 100;

/** A file system that takes longer at the start does not answer; shorter than the data path waits for readiness. */
const FIRST_READ_TIMEOUT_MS = 3_000;

export interface FollowedSecretOptions {
  readonly path: string;
  /** The configuration field that names the file, for messages. */
  readonly field: string;
  /** How often the file is looked at, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Why a value cannot be used, without the value; `undefined` when it can. */
  problemOf(value: Secret): string | undefined;
  /** Told each value that takes the place of another one. */
  onChange?(value: Secret): void;
}

/**
 * The secret that a file holds, which may be rewritten, replaced, or reached through a symbolic link that is switched,
 * as Kubernetes does with mounted secrets. The content is read and compared: that sees all three, on any file system.
 * A change is seen `pollIntervalMs` later at most, and used when two reads agree.
 */
export class FollowedSecret {
  readonly #options: FollowedSecretOptions;
  #current: Secret | undefined;

  constructor(options: FollowedSecretOptions) {
    this.#options = options;
  }

  /** What the file held when it was last fit to be used; `undefined` before it was read. */
  get current(): Secret | undefined {
    return this.#current;
  }

  /**
   * Reads the file for the first time.
   *
   * @returns what it holds
   * @throws Error naming the field, the file and what is wrong with it; the signal's reason when it aborts
   */
  async open(signal: AbortSignal): Promise<Secret> {
    const { clock, field, path } = this.#options;
    try {
      const value = await withDeadline(clock, FIRST_READ_TIMEOUT_MS, signal, () => this.#read());
      this.#current = value;
      return value;
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      throw new Error(
        `${field}: cannot read the file ${path}: ${error.message}; check the file system that it is on`,
      );
    }
  }

  /** Follows the file until the signal aborts. One that cannot be used is said once and changes nothing. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, field, log, path, pollIntervalMs } = this.#options;
    let trouble: string | undefined;
    while (!signal.aborted) {
      try {
        await clock.sleep(pollIntervalMs, signal);
        const value = await this.#readChanged(signal);
        if (trouble !== undefined) log.info(`${field} can be read again`, { path });
        trouble = undefined;
        if (value === undefined) continue;
        this.#current = value;
        this.#options.onChange?.(value);
        log.info(`${field} holds another value, which is in use now`, { path });
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : 'unknown error';
        if (reason !== trouble) log.warn(`${reason}; the last value stays in use`);
        trouble = reason;
      }
    }
  }

  async #read(): Promise<Secret> {
    const { field, path } = this.#options;
    const value = await readSecretFile(path, field);
    const problem = this.#options.problemOf(value);
    if (problem !== undefined) throw new Error(`${field}: the value in ${path} ${problem}`);
    return value;
  }

  /** @returns the value in the file when it is another one and the file has come to rest */
  async #readChanged(signal: AbortSignal): Promise<Secret | undefined> {
    let value = await abortable(signal, this.#read());
    while (value.reveal() !== this.#current?.reveal()) {
      await this.#options.clock.sleep(SETTLE_MS, signal);
      const again = await abortable(signal, this.#read());
      if (again.reveal() === value.reveal()) return value;
      value = again;
    }
    return undefined;
  }
}

/** When an extension that lives on files is ready and when it ends. */
interface FollowContext {
  readonly signal: AbortSignal;
  ready(): void;
  stopping(): Promise<void>;
}

/**
 * The life of an extension that lives on files: reads all, says that it is ready, and follows them until it is stopped.
 *
 * @throws Error when a file cannot be used at the start
 */
export async function followSecrets(files: readonly FollowedSecret[], ctx: FollowContext): Promise<void> {
  try {
    await Promise.all(files.map((file) => file.open(ctx.signal)));
  } catch (error) {
    // Stopped while it read the files for the first time.
    if (ctx.signal.aborted) return;
    throw error;
  }
  ctx.ready();
  await Promise.all([ctx.stopping(), ...files.map((file) => file.follow(ctx.signal))]);
}
