import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupResources, MalformedPayload, mergePdata, Pdata, RequestMetadata } from '../../src/authoring.js';
import { samplePdata } from '../fixtures/otlp.js';
import { arbitraryRequest, arbitrarySignal } from './arbitraries.js';
import { encodeRequest } from './otlp-proto.js';
import { recordsOf } from './records.js';
import { message, Raw } from './wire/bytes.js';

describe('groupResources', () => {
  const metadata = new RequestMetadata([['x-client', 'one']]);
  const services = (...names: string[]): Pdata => {
    const parts = names.map((service, first) => samplePdata('logs', { service, first }));
    return new Pdata('logs', mergePdata(parts).bytes, names.length, metadata);
  };

  it('puts resources with the same key together, in their order', () => {
    const pdata = services('shop', 'mail', 'shop');
    const groups = groupResources(pdata, ({ attributes }) => attributes.get('service.name'));
    const [one, two, three] = recordsOf('logs', pdata.bytes);
    expect([...groups.keys()]).toEqual(['shop', 'mail']);
    expect([...groups.values()].map(({ bytes }) => recordsOf('logs', bytes))).toEqual([[one, three], [two]]);
  });

  it('keeps the metadata of the request with every part', () => {
    for (const part of groupResources(services('shop', 'mail'), ({ start }) => start).values()) {
      expect(part.metadata).toBe(metadata);
      expect(part.itemCount).toBe(1);
    }
  });

  it('returns a request with one key as it is', () => {
    const pdata = services('shop', 'mail');
    expect(groupResources(pdata, () => 'all').get('all')).toBe(pdata);
  });

  it('has no part for a request without resources', () => {
    expect(groupResources(new Pdata('logs', message([9, 'unknown'])), () => 1).size).toBe(0);
  });

  it('loses nothing of any request', () => {
    fc.assert(
      fc.property(
        arbitrarySignal.chain((signal) => fc.tuple(fc.constant(signal), arbitraryRequest(signal))),
        fc.infiniteStream(fc.nat({ max: 2 })),
        ([signal, value], keys) => {
          const bytes = Buffer.concat([encodeRequest(signal, value), message([99, 'unknown'])]);
          const groups = groupResources(new Pdata(signal, bytes), () => keys.next().value);
          const records = [...groups.values()].flatMap((part) => recordsOf(signal, part.bytes));
          if (groups.size > 0) expect(records.sort()).toEqual(recordsOf(signal, bytes).sort());
        },
      ),
    );
  });

  it.each([
    [
      'a resource that is not a message',
      message([1, new Raw(0, [1])]),
      'the field has a wire type that it cannot have',
    ],
    ['a resource that runs over the end', message([1, new Raw(2, [9])]), 'a length runs past the end'],
  ])('refuses %s', (_, bytes, problem) => {
    const group = (): unknown => groupResources(new Pdata('traces', bytes), () => 1);
    expect(group).toThrow(MalformedPayload);
    expect(group).toThrow(`resource_spans: ${problem}`);
  });
});
