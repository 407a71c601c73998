import type { Writable } from 'node:stream';
import { Nack } from '../../authoring.js';

/** What a stream says when nobody reads it any more: it will not come back. */
const CLOSED = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/**
 * Writes texts to a stream, each in one piece, so that lines of several writers never mix. A text is written when the
 * stream has handed it on, which is how a slow reader slows the pipeline.
 */
export class TextWriter {
  readonly #stream: Writable;
  #listens = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** @throws Nack when the text could not be written, or `signal` aborted first */
  write(text: string, signal: AbortSignal): Promise<void> {
    if (!this.#listens) {
      // A failed write is also an event, and one that nobody listens to would end the process.
      this.#stream.on('error', ignore);
      this.#listens = true;
    }
    return new Promise((resolve, reject) => {
      const settle = (nack: Nack | undefined): void => {
        signal.removeEventListener('abort', giveUp);
        this.#stream.off('close', closed);
        if (nack === undefined) resolve();
        else reject(nack);
      };
      const giveUp = (): void => settle(Nack.retryable('standard output took too long'));
      const closed = (): void => settle(Nack.permanent('standard output was closed'));
      if (signal.aborted) {
        giveUp();
        return;
      }
      signal.addEventListener('abort', giveUp, { once: true });
      this.#stream.once('close', closed);
      this.#stream.write(text, (error) => settle(error == null ? undefined : refusal(error)));
    });
  }

  close(): void {
    this.#stream.off('error', ignore);
    this.#listens = false;
  }
}

function ignore(): void {}

function refusal(error: NodeJS.ErrnoException): Nack {
  const reason = `cannot write to standard output: ${error.message}`;
  return CLOSED.has(error.code ?? '')
    ? Nack.permanent(reason, { cause: error })
    : Nack.retryable(reason, { cause: error });
}
