import type { KeyValueOperation } from '../../authoring.js';

/** A transaction takes no further write when it has this many operations or bytes, so that it stays short. */
const GROUP_OPERATIONS = 256;
const GROUP_BYTES = 1_024 * 1_024;

/** No more bytes than these wait; who does not wait for its writes to end must not fill the memory. */
const MOST_WAITING_BYTES = 128 * 1_024 * 1_024;

interface Write {
  readonly operations: readonly KeyValueOperation[];
  /** When it was asked for, in monotonic milliseconds. */
  readonly since: number;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export interface WriteQueueOptions {
  /**
   * Carries out operations in one transaction.
   *
   * @param since when the last of them was asked for, in monotonic milliseconds
   */
  commit(operations: readonly KeyValueOperation[], since: number): Promise<void>;
  /** Called after each transaction. */
  committed(): void;
  /** Whether one of several writes may be to blame for a failure, and the others succeed without it. */
  mayBeOfOne(error: unknown): boolean;
  /** In monotonic milliseconds. */
  now(): number;
}

/** More writes wait than memory should hold. */
export class TooManyWrites extends Error {
  override readonly name = 'TooManyWrites';
}

/**
 * Writes that wait for their turn. What was asked for while the one before was written goes into one transaction, whose
 * price, above all that of waiting for a disk, is thus shared.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: Write[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all operations are written.
   *
   * @throws TooManyWrites, or what `commit` throws
   */
  add(operations: readonly KeyValueOperation[]): Promise<void> {
    const bytes = operations.reduce((sum, operation) => sum + sizeOf(operation), 0);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MOST_WAITING_BYTES) {
      return Promise.reject(new TooManyWrites());
    }
    this.#waitingBytes += bytes;
    return new Promise((done, failed) => {
      this.#waiting.push({ operations, since: this.#options.now(), bytes, done, failed });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Lets others run between two transactions; whatever they write joins the next. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#write(this.#takeGroup());
    }
    this.#running = undefined;
  }

  /** Those that fit, but one at least: a batch is never divided. */
  #takeGroup(): readonly Write[] {
    let operations = 0;
    let bytes = 0;
    let taken = 0;
    for (const write of this.#waiting) {
      operations += write.operations.length;
      bytes += write.bytes;
      if (taken > 0 && (operations > GROUP_OPERATIONS || bytes > GROUP_BYTES)) break;
      taken += 1;
    }
    return this.#waiting.splice(0, taken);
  }

  async #write(group: readonly Write[]): Promise<void> {
    try {
      await this.#options.commit(
        group.flatMap(({ operations }) => operations),
        group.at(-1)?.since ?? this.#options.now(),
      );
    } catch (error) {
      // One of them may be at fault, such as by its size; the others shall not suffer for it.
      if (group.length > 1 && this.#options.mayBeOfOne(error))
        for (const write of group) await this.#write([write]);
      else this.#end(group, ({ failed }) => failed(error));
      return;
    }
    this.#end(group, ({ done }) => done());
    this.#options.committed();
  }

  #end(group: readonly Write[], tell: (write: Write) => void): void {
    for (const write of group) {
      this.#waitingBytes -= write.bytes;
      tell(write);
    }
  }
}

function sizeOf(operation: KeyValueOperation): number {
  return 'set' in operation ? operation.set.length + operation.value.byteLength : operation.delete.length;
}
