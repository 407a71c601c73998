import type { Nack } from './nack.js';

/** Who wants to know what became of some data. Exactly one of the two is called, once; later calls are ignored. */
export interface Completion {
  /** The data was delivered. */
  ack(): void;
  /** The data was not delivered. */
  nack(reason: Nack): void;
}

/** Nobody wants to know. */
export const noCompletion: Completion = Object.freeze({ ack: () => {}, nack: () => {} });

/** One outcome for many: what a batch of merged requests reports to. */
export function mergeCompletions(parts: readonly Completion[]): Completion {
  if (parts.length === 1) return parts[0] as Completion;
  return {
    ack: () => {
      for (const part of parts) part.ack();
    },
    nack: (reason) => {
      for (const part of parts) part.nack(reason);
    },
  };
}

/**
 * Many outcomes for one: `whole` is acked when every part was, and nacked once all have reported and one failed.
 * A retryable failure of any part makes the whole retryable, so that no part is given up for another's sake.
 *
 * @param parts how many, at least 1
 */
export function splitCompletion(whole: Completion, parts: number): Completion[] {
  if (parts === 1) return [whole];
  let open = parts;
  let failure: Nack | undefined;
  const settle = (): void => {
    open -= 1;
    if (open > 0) return;
    if (failure === undefined) whole.ack();
    else whole.nack(failure);
  };
  return Array.from({ length: parts }, () => {
    let reported = false;
    return {
      ack: () => {
        if (reported) return;
        reported = true;
        settle();
      },
      nack: (reason) => {
        if (reported) return;
        reported = true;
        if (failure === undefined || (failure.permanent && !reason.permanent)) failure = reason;
        settle();
      },
    };
  });
}
