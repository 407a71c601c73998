import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pdata, RequestMetadata } from '../../../src/authoring.js';
import { BatchProcessor, BatchProcessorConfig } from '../../../src/processors/batch/index.js';
import { FakeClock, TestEffectHandler } from '../../../src/testing/index.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { names, numbered, Request } from './request.js';

/** What happens to a batch processor: a tenant's request comes, or time passes. */
type Step = { readonly tenant: number; readonly records: number } | { readonly pause: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ tenant: fc.nat(5), records: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ pause: fc.constantFrom(50, 100, 250) }) },
  ),
  { maxLength: 40 },
);

const settings = fc.record({
  min_size: fc.integer({ min: 1, max: 8 }),
  room: fc.option(fc.nat(6), { nil: undefined }),
  open_batch_limit: fc.integer({ min: 1, max: 4 }),
});

/** Tenant 0 sends no header. */
const metadataOf = (tenant: number): RequestMetadata | undefined =>
  tenant === 0 ? undefined : new RequestMetadata([['x-tenant', `${tenant}`]]);

describe('processor:batch with tenants, whatever comes in whatever order', () => {
  it("sends every tenant's items once, in order, in batches of its own, and tells every request", async () => {
    await fc.assert(
      fc.asyncProperty(steps, settings, async (happening, { min_size, open_batch_limit, room }) => {
        const clock = new FakeClock();
        const effect = new TestEffectHandler({ clock });
        const max_size = room === undefined ? undefined : min_size + room;
        const otlp = { sizer: 'items', min_size, ...(max_size === undefined ? {} : { max_size }) };
        const processor = new BatchProcessor(BatchProcessorConfig.parse({ otlp, open_batch_limit }), effect);
        const requests: Request[] = [];
        const sentBy = new Map<number, string[]>();
        let first = 0;
        for (const step of happening) {
          if ('pause' in step) {
            await clock.advance(step.pause);
            continue;
          }
          const { records, tenant } = step;
          const { bytes } = samplePdata('logs', { records, first });
          const request = new Request(new Pdata('logs', bytes, undefined, metadataOf(tenant)));
          sentBy.set(tenant, [...(sentBy.get(tenant) ?? []), ...numbered(records, first)]);
          first += records;
          requests.push(request);
          await processor.process(request);
          const open = requests.filter(({ outcomes }) => outcomes.length === 0).map(({ pdata }) => pdata);
          const tenants = new Set(open.flatMap(({ metadata }) => metadata?.fingerprint ?? []));
          expect(tenants.size).toBeLessThanOrEqual(open_batch_limit);
        }
        await processor.flush();
        const received = new Map<number, string[]>();
        for (const { pdata } of effect.sent) {
          const tenant = Number(pdata.metadata?.reveal('x-tenant') ?? 0);
          received.set(tenant, [...(received.get(tenant) ?? []), ...names(pdata)]);
          if (max_size !== undefined) expect(pdata.itemCount).toBeLessThanOrEqual(max_size);
        }
        expect(received).toEqual(sentBy);
        expect(requests.map(({ outcomes }) => outcomes)).toEqual(requests.map(() => ['ack']));
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
