import { statSync } from 'node:fs';
import type { KeyValueOperation, Logger } from '../../authoring.js';

/** Says once that the disk of a file is full, and once that it has room again. */
export class FullDisk {
  readonly #path: string;
  readonly #log: Logger;
  #told = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** There was no room. */
  met(): void {
    if (this.#told) return;
    this.#told = true;
    this.#log.warn(
      `no room is left on the disk of ${this.#path}; nothing new is kept until there is, and what is deleted makes some`,
    );
  }

  /** Something was written. */
  wrote(operations: readonly KeyValueOperation[]): void {
    if (!this.#told || !operations.some((operation) => 'set' in operation)) return;
    this.#told = false;
    this.#log.info(`the disk of ${this.#path} has room again`);
  }

  /** The file was closed, which empties the log when there is room. */
  closed(): void {
    const left = `${this.#path}-wal`;
    if (!this.#told || (statSync(left, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
    this.#log.warn(
      `no room is left on the disk of ${this.#path}: its last writes stay in ${left}; keep the two together, the next start brings them in`,
    );
  }
}
