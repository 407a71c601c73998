import { type ClientTls, type ClientTlsOptions, loadClientTls } from './client-tls.js';

/** The part of the log that is needed here. */
interface CertificateLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/**
 * The trust and the identity of a client's connections, followed in their files: each new connection gets what is in
 * them then. Files that cannot be used, as while one of a pair has been replaced, change nothing once they could be.
 */
export class FollowedClientTls {
  readonly #tls: ClientTls | undefined;
  readonly #log: CertificateLog;
  readonly #where: string;
  #lastGood: ClientTlsOptions | undefined;
  /** What is wrong with the files, as it was logged; `undefined` when nothing is. */
  #problem: string | undefined;

  /** @param where whose connections they are, for the log, such as the server's address */
  constructor(tls: ClientTls | undefined, log: CertificateLog, where: string) {
    this.#tls = tls;
    this.#log = log;
    this.#where = where;
  }

  /**
   * Reads the files for a new connection.
   *
   * @returns what they hold, or what they held when they were last good
   * @throws Error naming the field and the file that cannot be used, when they never were good
   */
  async load(): Promise<ClientTlsOptions> {
    try {
      const options = await loadClientTls(this.#tls);
      if (this.#problem !== undefined) this.#log.info('certificates reloaded', { where: this.#where });
      this.#problem = undefined;
      this.#lastGood = options;
      return options;
    } catch (error) {
      if (this.#lastGood === undefined) throw error;
      this.#report(error);
      return this.#lastGood;
    }
  }

  /** Once for each problem, not for each connection. */
  #report(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log.error('certificates not reloaded; those in use stay', { where: this.#where, error });
  }
}
