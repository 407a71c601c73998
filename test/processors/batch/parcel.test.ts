import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Nack, Pdata } from '../../../src/authoring.js';
import { makeBatches } from '../../../src/processors/batch/parcel.js';
import { names, numbered, Request, request } from './request.js';

/** Requests with these numbers of items, numbered through; 0 makes one without any content. */
function requestsOf(counts: readonly number[]): Request[] {
  let first = 0;
  return counts.map((count) => {
    const made = count === 0 ? new Request(new Pdata('logs', new Uint8Array())) : request(count, first);
    first += count;
    return made;
  });
}

const batchesOf = (requests: readonly Request[], max: number) =>
  makeBatches(
    requests.map((each) => ({ pdata: each.pdata, completion: each })),
    { sizer: 'items', full: 1, max, mergedBytes: Number.POSITIVE_INFINITY },
  );

const counts = fc.array(fc.nat(7), { minLength: 1, maxLength: 8 });
const max = fc.integer({ min: 1, max: 9 });

describe('batches made of requests', () => {
  it('hold every item once, in order, and no batch more than max_size', () => {
    fc.assert(
      fc.property(counts, max, (sizes, limit) => {
        const batches = batchesOf(requestsOf(sizes), limit);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        expect(batches.flatMap(({ pdata }) => names(pdata))).toEqual(numbered(total));
        for (const { pdata } of batches) expect(pdata.itemCount).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('tell each request exactly once, with a failure exactly when a batch with one of its items failed', () => {
    fc.assert(
      fc.property(counts, max, fc.infiniteStream(fc.boolean()), (sizes, limit, outcomes) => {
        const requests = requestsOf(sizes);
        const batches = batchesOf(requests, limit);
        const failed = new Set<string>();
        for (const { pdata, completion } of batches) {
          if (outcomes.next().value === true) {
            completion.ack();
            continue;
          }
          for (const name of names(pdata)) failed.add(name);
          completion.nack(Nack.retryable('busy'));
        }
        for (const each of requests) {
          expect(each.outcomes).toHaveLength(1);
          if (each.pdata.itemCount === 0) continue;
          const shouldFail = names(each.pdata).some((name) => failed.has(name));
          expect(each.outcomes[0] instanceof Nack).toBe(shouldFail);
        }
      }),
    );
  });
});
