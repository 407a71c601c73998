import { describe, expect, it } from '@jest/globals';
import { MalformedPayload, mergePdata, Pdata, RequestMetadata } from '../../../src/authoring.js';
import { DedupProcessorConfig, identityParts } from '../../../src/processors/dedup/config.js';
import { RecordIdentity } from '../../../src/processors/dedup/record-identity.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { logs } from './log-request.js';

const byDefault = new RecordIdentity(DedupProcessorConfig.parse({}).identity);

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

const base = {
  timeUnixNano: '1',
  observedTimeUnixNano: '1',
  severityNumber: 9,
  severityText: 'INFO',
  eventName: 'e',
  body: { stringValue: 'hello' },
  attributes: [attribute('a', '1'), attribute('b', '2')],
  traceId: '0123456789abcdef0123456789abcdef',
  spanId: '0123456789abcdef',
};

function identityOf(fields: object = {}, identity = byDefault): string {
  const [found] = identity.of(logs([{ ...base, ...fields }]));
  return found as string;
}

describe('the identity of a log record', () => {
  it('is short text', () => {
    expect(identityOf()).toMatch(/^[\w-]{24}$/);
  });

  it.each([
    { what: 'its time', fields: { timeUnixNano: '2' } },
    { what: 'the time of its observation', fields: { observedTimeUnixNano: '2' } },
    { what: 'its trace', fields: { traceId: 'ff23456789abcdef0123456789abcdef' } },
    { what: 'the order of its attributes', fields: { attributes: [...base.attributes].reverse() } },
  ])('does not depend on $what', ({ fields }) => {
    expect(identityOf(fields)).toBe(identityOf());
  });

  it.each([
    { what: 'its body', fields: { body: { stringValue: 'hallo' } } },
    { what: 'the type of its body', fields: { body: { bytesValue: 'aGVsbG8=' } } },
    { what: 'its severity', fields: { severityNumber: 10 } },
    { what: 'the text of its severity', fields: { severityText: 'info' } },
    { what: 'its event name', fields: { eventName: 'f' } },
    { what: 'an attribute', fields: { attributes: [attribute('a', '1'), attribute('b', '3')] } },
    { what: 'an attribute more', fields: { attributes: [...base.attributes, attribute('c', '')] } },
    {
      what: 'which attribute has which value',
      fields: { attributes: [attribute('a', '2'), attribute('b', '1')] },
    },
    {
      what: 'where a key ends and its value begins',
      fields: { attributes: [attribute('a1', ''), attribute('b', '2')] },
    },
  ])('depends on $what', ({ fields }) => {
    expect(identityOf(fields)).not.toBe(identityOf());
  });

  it('depends on the resource and the scope', () => {
    const of = (options: object) => byDefault.of(logs([base], options))[0];
    const all = [
      {},
      { service: 'other' },
      { scope: { name: 'other' } },
      { scope: { name: 'lib', version: '1' } },
    ];
    expect(new Set(all.map(of)).size).toBe(all.length);
  });

  it('depends on the metadata of the request, so that no tenant loses what another sent', () => {
    const of = (metadata?: RequestMetadata) => byDefault.of(logs([base], metadata && { metadata }))[0];
    const tenants = ['a', 'b'].map((tenant) => new RequestMetadata([['x-tenant', tenant]]));
    expect(new Set([undefined, ...tenants].map(of)).size).toBe(3);
    expect(of(new RequestMetadata([['x-tenant', 'a']]))).toBe(of(tenants[0]));
  });

  it.each(identityParts)('depends on %s when it is a part of it, and only then', (part) => {
    const other: Record<string, object> = {
      time: { timeUnixNano: '2' },
      severity: { severityNumber: 1 },
      event_name: { eventName: 'other' },
      body: { body: { stringValue: 'other' } },
      attributes: { attributes: [] },
      trace: { spanId: 'ff23456789abcdef' },
    };
    const changed = logs([{ ...base, ...other[part] }], {
      ...(part === 'resource' ? { service: 'other' } : {}),
      ...(part === 'scope' ? { scope: { name: 'other' } } : {}),
    });
    const only = new RecordIdentity([part]);
    const without = new RecordIdentity(identityParts.filter((other) => other !== part));
    expect(only.of(changed)).not.toEqual(only.of(logs([base])));
    expect(without.of(changed)).toEqual(without.of(logs([base])));
  });

  it('is another one under another configuration', () => {
    expect(identityOf({}, new RecordIdentity(['body']))).not.toBe(
      identityOf({ attributes: [] }, new RecordIdentity(['body', 'attributes'])),
    );
  });

  it('stands at the place of the record, over resources and scopes', () => {
    const whole = samplePdata('logs', { records: 12, resources: 3, scopes: 2 });
    const identities = byDefault.of(whole);
    expect(new Set(identities).size).toBe(12);
    const first = logs([base]);
    expect(byDefault.of(mergePdata([first, whole, first]))).toEqual([
      identityOf(),
      ...identities,
      identityOf(),
    ]);
  });

  it('finds a resource and a scope also behind their records', () => {
    // ResourceLogs and ScopeLogs with field 1 after field 2, as an encoder may write them.
    const field = (number: number, content: Buffer) =>
      Buffer.concat([Buffer.of(number * 8 + 2, content.length), content]);
    const text = (number: number, value: string) => field(number, Buffer.from(value));
    const scope = text(1, 'lib');
    const resource = field(1, Buffer.concat([text(1, 'k'), field(2, text(1, 'v'))]));
    const record = field(5, text(1, 'hello'));
    const request = (behind: boolean): Pdata => {
      const scopeLogs = Buffer.concat(
        behind ? [field(2, record), field(1, scope)] : [field(1, scope), field(2, record)],
      );
      const parts = [field(1, resource), field(2, scopeLogs)];
      return new Pdata('logs', field(1, Buffer.concat(behind ? parts.reverse() : parts)));
    };
    expect(byDefault.of(request(true))).toEqual(byDefault.of(request(false)));
  });

  it('is refused to what is no OTLP, with the place of the fault', () => {
    const { bytes } = logs([base]);
    expect(() => byDefault.of(new Pdata('logs', bytes.subarray(0, -1)))).toThrow(MalformedPayload);
  });
});
