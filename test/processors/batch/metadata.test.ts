import { describe, expect, it } from '@jest/globals';
import { Pdata, RequestMetadata, type Signal } from '../../../src/authoring.js';
import { BatchProcessor, BatchProcessorConfig } from '../../../src/processors/batch/index.js';
import { FakeClock, TestEffectHandler } from '../../../src/testing/index.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { names, Request } from './request.js';

function batching(settings: object) {
  const clock = new FakeClock();
  const effect = new TestEffectHandler({ clock });
  const processor = new BatchProcessor(BatchProcessorConfig.parse(settings), effect);
  /** What was sent, as `tenant: items`. */
  const sent = (): string[] => effect.sent.map(({ pdata }) => `${tenantOf(pdata)}: ${pdata.itemCount}`);
  return { clock, effect, processor, sent };
}

const tenantOf = ({ metadata }: Pdata): string => metadata?.reveal('x-tenant') ?? 'nobody';

/** A request of a tenant; `first` is its first item's number. */
function from(tenant: string | undefined, records = 1, first = 0, signal: Signal = 'logs'): Request {
  const metadata = tenant === undefined ? undefined : new RequestMetadata([['x-tenant', tenant]]);
  return new Request(new Pdata(signal, samplePdata(signal, { records, first }).bytes, undefined, metadata));
}

const items = (min_size: number, max_size?: number) => ({
  otlp: { sizer: 'items', min_size, ...(max_size === undefined ? {} : { max_size }) },
});

describe('processor:batch and the metadata of requests', () => {
  it('merges data of equal metadata, and never that of two tenants', async () => {
    const { processor, effect, sent } = batching(items(2));
    for (const [index, tenant] of ['acme', 'globex', undefined, 'globex', 'acme', undefined].entries()) {
      await processor.process(from(tenant, 1, index));
    }
    expect(sent()).toEqual(['globex: 2', 'acme: 2', 'nobody: 2']);
    expect(effect.sent.map(({ pdata }) => names(pdata))).toEqual([
      ['log-1', 'log-3'],
      ['log-0', 'log-4'],
      ['log-2', 'log-5'],
    ]);
  });

  it('keeps the signals of one tenant apart', async () => {
    const { processor, effect } = batching(items(2));
    await processor.process(from('acme', 1, 0, 'logs'));
    await processor.process(from('acme', 1, 0, 'traces'));
    expect(effect.sent).toEqual([]);
    await processor.flush();
    expect(effect.sent.map(({ pdata }) => [pdata.signal, tenantOf(pdata)])).toEqual([
      ['logs', 'acme'],
      ['traces', 'acme'],
    ]);
  });

  it('keeps the metadata when it splits, and with what is left over', async () => {
    const { processor, sent } = batching(items(4, 4));
    await processor.process(from('acme', 10));
    await processor.process(from('globex', 3));
    expect(sent()).toEqual(['acme: 4', 'acme: 4']);
    await processor.process(from('acme', 2));
    expect(sent()).toEqual(['acme: 4', 'acme: 4', 'acme: 4']);
    await processor.flush();
    expect(sent().slice(3)).toEqual(['globex: 3']);
  });

  it('sends each batch when its own time has come', async () => {
    const { processor, clock, sent } = batching({ max_batch_duration: '200ms' });
    await processor.process(from('acme'));
    await clock.advance(100);
    await processor.process(from('globex'));
    await clock.advance(100);
    expect(sent()).toEqual(['acme: 1']);
    await clock.advance(100);
    expect(sent()).toEqual(['acme: 1', 'globex: 1']);
    expect(clock.pending).toBe(0);
  });

  it('sends the oldest batch when one more than open_batch_limit is needed', async () => {
    const { processor, sent } = batching({ ...items(100), open_batch_limit: 2 });
    for (const tenant of ['acme', 'globex', 'acme', 'initech', 'hooli']) {
      await processor.process(from(tenant));
    }
    expect(sent()).toEqual(['acme: 2', 'globex: 1']);
    await processor.flush();
    expect(sent()).toEqual(['acme: 2', 'globex: 1', 'initech: 1', 'hooli: 1']);
  });

  it('takes what splitting left over for the age of a batch, not when the tenant was first seen', async () => {
    const { processor, sent } = batching({ ...items(4, 4), open_batch_limit: 2 });
    await processor.process(from('acme', 1));
    await processor.process(from('globex', 1));
    await processor.process(from('acme', 4));
    expect(sent()).toEqual(['acme: 4']);
    await processor.process(from('initech', 1));
    expect(sent()).toEqual(['acme: 4', 'globex: 1']);
  });

  it('does not count data without metadata against open_batch_limit', async () => {
    const { processor, sent } = batching({ ...items(100), open_batch_limit: 1 });
    await processor.process(from('acme'));
    await processor.process(from(undefined));
    await processor.process(from(undefined));
    expect(sent()).toEqual([]);
  });

  it('holds nothing of a tenant whose batch has left', async () => {
    const { processor, sent } = batching({ ...items(1), open_batch_limit: 1 });
    for (let tenant = 0; tenant < 50; tenant++) await processor.process(from(`tenant-${tenant}`));
    expect(sent()).toHaveLength(50);
    const all = Array.from({ length: 50 }, (_, tenant) => `tenant-${tenant}: 1`);
    expect(sent()).toEqual(all);
  });

  it('tells every request of its outcome', async () => {
    const { processor } = batching({ ...items(100), open_batch_limit: 2 });
    const requests = ['a', 'b', 'c', 'a', 'd'].map((tenant) => from(tenant));
    for (const request of requests) await processor.process(request);
    await processor.flush();
    expect(requests.map(({ outcomes }) => outcomes)).toEqual(requests.map(() => ['ack']));
  });
});
