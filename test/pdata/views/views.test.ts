import { describe, expect, it } from '@jest/globals';
import {
  MalformedPayload,
  type MetricView,
  Pdata,
  type ResourceView,
  resourcesOf,
} from '../../../src/authoring.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { type FieldOnWire, message, Raw } from '../wire/bytes.js';

const attribute = (key: string | Uint8Array, value: string): Uint8Array =>
  message([1, key], [2, message([1, value])]);
const logs = (...resource: FieldOnWire[]): Pdata => new Pdata('logs', message([1, message(...resource)]));
const record = (...fields: FieldOnWire[]): Pdata => logs([2, message([2, message(...fields)])]);

function first(pdata: Pdata): ResourceView {
  const [resource] = resourcesOf(pdata);
  if (resource === undefined) throw new Error('no resource');
  return resource;
}

describe('views of a payload', () => {
  it('are windows on its bytes', () => {
    const pdata = samplePdata('logs', { records: 4, resources: 2, scopes: 2 });
    for (const resource of resourcesOf(pdata)) {
      expect(resource.pdata).toBe(pdata);
      for (const scope of resource.scopes()) {
        expect(scope.start).toBeGreaterThan(resource.start);
        expect(scope.end).toBeLessThanOrEqual(resource.end);
        const [record] = scope.logRecords();
        expect(record?.body).toMatch(/^log-\d$/);
      }
    }
  });

  it('count the items of each resource, scope and metric', () => {
    const pdata = samplePdata('metrics', { records: 12, resources: 2, scopes: 3, pointsPerMetric: 2 });
    const resource = first(pdata);
    const [scope] = resource.scopes();
    const [metric] = scope?.metrics() ?? [];
    expect([resource.itemCount, scope?.itemCount, metric?.itemCount]).toEqual([6, 2, 2]);
  });

  it('can be iterated again', () => {
    const scopes = first(samplePdata('logs', { records: 2, scopes: 2 })).scopes();
    expect([...scopes]).toHaveLength(2);
    expect([...scopes]).toHaveLength(2);
  });

  it('of another signal are refused', () => {
    const [scope] = first(samplePdata('logs')).scopes();
    expect(() => scope?.spans()).toThrow(new TypeError('a payload of logs has no traces'));
    expect(() => scope?.metrics()).toThrow(new TypeError('a payload of logs has no metrics'));
  });

  it('have defaults for what is not there', () => {
    const [scope] = first(record()).scopes();
    const [empty] = scope?.logRecords() ?? [];
    expect(scope).toMatchObject({ name: '', version: '', schemaUrl: '' });
    expect(empty).toMatchObject({ timeUnixNano: 0n, severityNumber: 0, traceId: '', eventName: '' });
    expect(empty?.body).toBeUndefined();
    expect(empty?.attributes.get('any')).toBeUndefined();
  });

  it('show the last value of a field that stands there twice, as protobuf has it', () => {
    const [scope] = first(record([3, 'INFO'], [12, 'event'], [3, 'WARN'])).scopes();
    const [log] = scope?.logRecords() ?? [];
    expect(log?.severityText).toBe('WARN');
  });

  it('put together what comes in parts, as protobuf has it', () => {
    const resource = first(
      logs(
        [1, message([1, attribute('a', 'one')])],
        [2, message([1, message([1, 'name'], [2, '1.0'])], [1, message([2, '1.1'])])],
        [1, message([1, attribute('b', 'two')])],
      ),
    );
    expect([...resource.attributes]).toEqual([
      ['a', 'one'],
      ['b', 'two'],
    ]);
    expect(resource.attributes.get('b')).toBe('two');
    const [scope] = resource.scopes();
    expect(scope).toMatchObject({ name: 'name', version: '1.1' });
  });

  it('put together a value that comes in parts, of whose members the last counts', () => {
    const pair = (key: string): Uint8Array => message([6, message([1, attribute(key, key)])]);
    const list = (text: string): Uint8Array => message([5, message([1, message([1, text])])]);
    const body = (...parts: Uint8Array[]): unknown => {
      const [scope] = first(record(...parts.map((part): FieldOnWire => [5, part]))).scopes();
      return [...(scope?.logRecords() ?? [])][0]?.body;
    };
    expect(body(message([1, 'kept']), new Uint8Array())).toBe('kept');
    expect(body(pair('a'), pair('b'))).toEqual(new Map(Object.entries({ a: 'a', b: 'b' })));
    expect(body(list('a'), list('b'))).toEqual(['a', 'b']);
    expect(body(list('a'), message([1, 'text']), list('b'))).toEqual(['b']);
    expect(body(list('a'), message([1, 'text']))).toBe('text');
    const value = message([1, 'key'], [2, message([1, 'kept'])], [2, '']);
    const resource = first(logs([1, message([1, value])]));
    expect(resource.attributes.get('key')).toBe('kept');
    expect([...resource.attributes]).toEqual([['key', 'kept']]);
  });

  describe('of a metric', () => {
    const double = new Raw(1, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
    const integer = new Raw(1, [5, 0, 0, 0, 0, 0, 0, 0]);
    const points = (...fields: FieldOnWire[]): Uint8Array => message([1, message(...fields)]);
    const metric = (...fields: FieldOnWire[]): MetricView => {
      const [scope] = first(
        new Pdata('metrics', message([1, message([2, message([2, message(...fields)])])])),
      ).scopes();
      const [view] = scope?.metrics() ?? [];
      if (view === undefined) throw new Error('no metric');
      return view;
    };
    const valuesOf = (view: MetricView): unknown[] => [...view.dataPoints()].map(({ value }) => value);

    it('show the value that is set last', () => {
      expect(valuesOf(metric([5, points([6, integer], [4, double])]))).toEqual([1.5]);
      expect(valuesOf(metric([5, points([4, double], [6, integer])]))).toEqual([5n]);
    });

    it('show the data of the type that is set last, and nothing of others', () => {
      const view = metric([5, points([6, integer])], [7, points([4, double])]);
      expect([view.type, view.itemCount, valuesOf(view)]).toEqual(['sum', 1, [1.5]]);
      const again = metric([5, points([6, integer])], [7, points([4, double])], [5, points([4, double])]);
      expect([again.type, again.itemCount, valuesOf(again)]).toEqual(['gauge', 1, [1.5]]);
    });

    it('put data together that comes in parts', () => {
      const view = metric([5, points([6, integer])], [3, 'unit'], [5, points([4, double])]);
      expect([view.type, view.itemCount, valuesOf(view)]).toEqual(['gauge', 2, [5n, 1.5]]);
    });
  });

  it('step over fields that nobody knows', () => {
    const strange = message([9, 'x'], [1, 'key'], [77, new Raw(0, [1])], [2, message([99, 'x'], [1, 'v'])]);
    const [scope] = first(record([99, 'x'], [6, strange], [3, 'INFO'])).scopes();
    const [log] = scope?.logRecords() ?? [];
    expect(log?.severityText).toBe('INFO');
    expect(log?.attributes.get('key')).toBe('v');
  });

  it('find keys that are not ASCII, and tell them from those that begin alike', () => {
    const resource = first(logs([1, message([1, attribute('grün', 'a')], [1, attribute('grüne', 'b')])]));
    expect(resource.attributes.get('grüne')).toBe('b');
    expect(resource.attributes.has('gr')).toBe(false);
    expect(resource.attributes.has('grünen')).toBe(false);
  });

  it('tell a value that says nothing from none', () => {
    const resource = first(
      logs([1, message([1, message([1, 'empty'], [2, ''])], [1, message([1, 'bare'])])]),
    );
    expect(resource.attributes.get('empty')).toBeNull();
    expect(resource.attributes.get('bare')).toBeNull();
    expect(resource.attributes.has('bare')).toBe(true);
  });

  describe('of broken bytes say what is broken and where, when they get there', () => {
    it('in the framing', () => {
      const resource = first(logs([2, new Raw(2, [9])]));
      expect(() => [...resource.scopes()]).toThrow(
        new MalformedPayload(
          'malformed OTLP protobuf: resource_logs.scope_logs: a length runs past the end of its message (at byte 3)',
        ),
      );
    });

    it('in text', () => {
      const [scope] = first(record([3, Uint8Array.of(0xff)], [12, 'event'])).scopes();
      const [log] = scope?.logRecords() ?? [];
      expect(log?.eventName).toBe('event');
      expect(() => log?.severityText).toThrow('log_records.severity_text: the text is not UTF-8 (at byte 8)');
    });

    it('in an attribute', () => {
      const resource = first(logs([1, message([1, message([1, 'key'], [2, new Raw(0, [1])])])]));
      expect(() => [...resource.attributes]).toThrow(
        'resource.attributes.value: the field has a wire type that it cannot have',
      );
    });

    it('in values inside values without end', () => {
      let value: Uint8Array = message([1, 'innermost']);
      for (let level = 0; level < 60; level += 1) value = message([5, message([1, value])]);
      const [scope] = first(record([5, value])).scopes();
      const [log] = scope?.logRecords() ?? [];
      expect(() => log?.body).toThrow('messages are nested too deep');
    });
  });
});
