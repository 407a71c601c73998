import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Nack, Pdata } from '../../../src/authoring.js';
import { makeBatches } from '../../../src/processors/batch/parcel.js';
import { recordsOf } from '../../pdata/records.js';
import { type FieldOnWire, message } from '../../pdata/wire/bytes.js';
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

  describe('of metrics of which some are of a kind that this schema does not know', () => {
    // A number is a metric with so many data points, with a number of its own in each; -1 is one of an unknown kind.
    const metricRequests = (shapes: readonly (readonly number[])[]): Request[] => {
      let made = 0;
      const metric = (points: number): FieldOnWire => {
        made += 1;
        const name = `metric-${made}`;
        if (points < 0) return [2, message([1, name], [13, 'points of a later kind'])];
        const data = Array.from(
          { length: points },
          (_, point): FieldOnWire => [1, message([7, `${made} ${point}`])],
        );
        return [2, message([1, name], [5, message(...data)])];
      };
      return shapes.map((shape) => {
        const bytes =
          shape.length === 0 ? new Uint8Array() : message([1, message([2, message(...shape.map(metric))])]);
        return new Request(new Pdata('metrics', bytes));
      });
    };

    const shapes = fc.array(fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 6,
    });
    const limits = fc.record({
      sizer: fc.constantFrom('items' as const, 'bytes' as const),
      max: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 30, max: 200 })),
    });

    it('tell each request of a failure exactly when a batch failed that holds something of it', () => {
      fc.assert(
        fc.property(
          shapes,
          limits,
          fc.infiniteStream(fc.boolean()),
          (sizes, { sizer, max: limit }, outcomes) => {
            const requests = metricRequests(sizes);
            const parcels = requests.map((each) => ({ pdata: each.pdata, completion: each }));
            const batches = makeBatches(parcels, {
              sizer,
              full: 1,
              max: limit,
              mergedBytes: Number.POSITIVE_INFINITY,
            });
            const failed = new Set<string>();
            for (const { pdata, completion } of batches) {
              if (outcomes.next().value === true) {
                completion.ack();
                continue;
              }
              for (const record of recordsOf('metrics', pdata.bytes)) failed.add(record);
              completion.nack(Nack.retryable('busy'));
            }
            for (const { outcomes: heard, pdata } of requests) {
              expect(heard).toHaveLength(1);
              if (pdata.byteLength === 0) continue;
              const shouldFail = recordsOf('metrics', pdata.bytes).some((record) => failed.has(record));
              expect(heard[0] instanceof Nack).toBe(shouldFail);
            }
          },
        ),
        { numRuns: 500 },
      );
    });
  });
});
