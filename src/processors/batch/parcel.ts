import {
  type Completion,
  mergeCompletions,
  mergePdata,
  type Pdata,
  type PlacedPart,
  splitCompletion,
  splitWithPlaces,
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
  const parts = splitWithPlaces(whole, sizer === 'bytes' ? { maxBytes: max } : { maxItems: max });
  const waiting = shareOut(requests, parts);
  return parts.map(({ pdata }, index) => ({ pdata, completion: mergeCompletions(waiting[index] ?? []) }));
}

/**
 * Who waits for which part, by where both stand in the merged request. Items alone would not tell: a request may hold
 * what is not counted, such as metrics of a kind that this schema does not know, and must hear what became of it. A
 * request of which nothing stands in one part alone waits for the part at its place: its fields are in all of them.
 */
function shareOut(requests: readonly Parcel[], parts: readonly PlacedPart[]): Completion[][] {
  const waiting = parts.map((): Completion[] => []);
  const last = parts.length - 1;
  let part = 0;
  let start = 0;
  for (const { pdata, completion } of requests) {
    const end = start + pdata.byteLength;
    while (part < last && (parts[part]?.end ?? end) <= start) part += 1;
    const first = part;
    while (part < last && (parts[part + 1]?.start ?? end) < end) part += 1;
    for (const [offset, share] of splitCompletion(completion, part - first + 1).entries()) {
      waiting[first + offset]?.push(share);
    }
    start = end;
  }
  return waiting;
}
