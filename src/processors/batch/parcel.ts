import {
  type Completion,
  mergeCompletions,
  mergePdata,
  type Pdata,
  splitCompletion,
  splitPdata,
} from '../../authoring.js';
import { type BatchLimits, sizeOf } from './limits.js';

/** Some data with whoever waits for its outcome: a request on its way in, or a batch on its way out. */
export interface Parcel {
  readonly pdata: Pdata;
  readonly completion: Completion;
}

/**
 * Makes batches of requests, in their order. A request whose data ends up in several batches hears of its
 * outcome when all of them have reported.
 *
 * @param requests at least one, all of the same signal
 */
export function makeBatches(requests: readonly Parcel[], { sizer, max }: BatchLimits): Parcel[] {
  const whole = mergePdata(requests.map(({ pdata }) => pdata));
  // A request is never split to make fewer requests.
  if (max === undefined || sizer === 'requests' || sizeOf(whole, sizer) <= max) {
    return [{ pdata: whole, completion: mergeCompletions(requests.map(({ completion }) => completion)) }];
  }
  const pieces = splitPdata(whole, sizer === 'bytes' ? { maxBytes: max } : { maxItems: max });
  const waiting = shareOut(requests, pieces);
  return pieces.map((pdata, index) => ({ pdata, completion: mergeCompletions(waiting[index] ?? []) }));
}

/**
 * Who waits for which piece. Merging and splitting keep the order of items, so a running count of items tells
 * which requests a piece holds parts of. A request without items waits for the piece at its place.
 */
function shareOut(requests: readonly Parcel[], pieces: readonly Pdata[]): Completion[][] {
  const waiting = pieces.map((): Completion[] => []);
  const last = pieces.length - 1;
  let piece = 0;
  let pieceEnd = pieces[0]?.itemCount ?? 0;
  const advance = (): void => {
    piece += 1;
    pieceEnd += pieces[piece]?.itemCount ?? 0;
  };
  let start = 0;
  for (const { pdata, completion } of requests) {
    const end = start + pdata.itemCount;
    while (piece < last && pieceEnd <= start) advance();
    const first = piece;
    while (piece < last && pieceEnd < end) advance();
    for (const [offset, part] of splitCompletion(completion, piece - first + 1).entries()) {
      waiting[first + offset]?.push(part);
    }
    start = end;
  }
  return waiting;
}
