import {
  abortable,
  type Clock,
  DeadlineExceeded,
  fitsHeader,
  type Logger,
  readSecretFile,
  type Secret,
  UNFIT_FOR_HEADER,
  withDeadline,
} from '../../authoring.js';

/** Time for a writer that does not replace the file atomically to finish. */
const SETTLE_MS = 100;

/** A file system that takes longer at the start does not answer; shorter than the data path waits for readiness. */
const FIRST_READ_TIMEOUT_MS = 3_000;

export interface TokenFileOptions {
  readonly path: string;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * A file that holds a token and may be rewritten, replaced, or reached through a symbolic link that is switched, as
 * Kubernetes does with mounted secrets. Its content is read and compared: that sees all three, on any file system,
 * which notifications and modification times do not.
 */
export class TokenFile {
  readonly #options: TokenFileOptions;

  constructor(options: TokenFileOptions) {
    this.#options = options;
  }

  /**
   * Reads the token for the first time.
   *
   * @throws Error naming the file and what is wrong with it; the signal's reason when it aborts
   */
  async readFirst(signal: AbortSignal): Promise<Secret> {
    const { clock, path } = this.#options;
    try {
      return await withDeadline(clock, FIRST_READ_TIMEOUT_MS, signal, () => this.#read());
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      throw new Error(
        `token_file: cannot read the file ${path}: ${error.message}; check the file system that it is on`,
      );
    }
  }

  async #read(): Promise<Secret> {
    const token = await readSecretFile(this.#options.path, 'token_file');
    if (!fitsHeader(token.reveal())) {
      throw new Error(`token_file: the token in ${this.#options.path} ${UNFIT_FOR_HEADER}`);
    }
    return token;
  }

  /**
   * Calls `onChange` with each token other than the one before, until the signal aborts. A file that cannot be used
   * is said once and changes nothing.
   */
  async follow(current: Secret, onChange: (token: Secret) => void, signal: AbortSignal): Promise<void> {
    const { clock, log, path, pollIntervalMs } = this.#options;
    let last = current;
    let trouble: string | undefined;
    while (!signal.aborted) {
      try {
        await clock.sleep(pollIntervalMs, signal);
        const token = await this.#readChanged(last, signal);
        if (trouble !== undefined) log.info('token_file can be read again', { path });
        trouble = undefined;
        if (token !== undefined) {
          last = token;
          onChange(token);
        }
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : 'unknown error';
        if (reason !== trouble) log.warn(`${reason}; the last token stays in use`);
        trouble = reason;
      }
    }
  }

  /** @returns the token in the file when it is another one and the file has come to rest */
  async #readChanged(last: Secret, signal: AbortSignal): Promise<Secret | undefined> {
    const { clock } = this.#options;
    let token = await abortable(signal, this.#read());
    while (!same(token, last)) {
      await clock.sleep(SETTLE_MS, signal);
      const again = await abortable(signal, this.#read());
      if (same(again, token)) return token;
      token = again;
    }
    return undefined;
  }
}

function same(one: Secret, other: Secret): boolean {
  return one.reveal() === other.reveal();
}
