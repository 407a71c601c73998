import { describe, expect, it } from '@jest/globals';
import { jsonToProtobuf, MalformedPayload, protobufToJson, type Signal } from '../../../src/authoring.js';
import { decodeRequest } from '../otlp-proto.js';

const logs = (record: string): string => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`;
const spans = (span: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
const metrics = (metric: string): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`;
const histogram = (point: string): string => metrics(`{"histogram":{"dataPoints":[${point}]}}`);
const body = (value: string): string => logs(`{"body":${value}}`);

/** What arrives of the innermost object when a text goes to protobuf and back. */
function arrives(signal: Signal, text: string): unknown {
  let value: unknown = protobufToJson(signal, jsonToProtobuf(signal, text));
  for (let level = 0; level < 3; level += 1) {
    value = Object.values(value as Record<string, unknown[]>)[0]?.[0];
  }
  return value;
}

describe('jsonToProtobuf', () => {
  it('takes text and bytes alike', () => {
    const text = body('{"stringValue":"grüße"}');
    expect(jsonToProtobuf('logs', Buffer.from(text))).toEqual(jsonToProtobuf('logs', text));
  });

  it('makes an empty request of an empty object', () => {
    expect(jsonToProtobuf('traces', '{}')).toEqual(new Uint8Array());
  });

  it('reads ids as hex in either case', () => {
    const text = spans(
      '{"traceId":"5B8EFFF798038103d269b633813fc60c","spanId":"","parentSpanId":"EEE19b7ec3c1b173"}',
    );
    expect(arrives('traces', text)).toEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      parentSpanId: 'eee19b7ec3c1b173',
    });
  });

  it.each([
    ['"1700000000000000001"', '1700000000000000001'],
    ['1700000000000000001', '1700000000000000001'],
    ['18446744073709551615', '18446744073709551615'],
    ['42', '42'],
    ['1e3', '1000'],
    ['1.0', '1'],
  ])('keeps every digit of the unsigned 64-bit integer %s', (json, expected) => {
    expect(arrives('logs', logs(`{"timeUnixNano":${json}}`))).toEqual({ timeUnixNano: expected });
  });

  it.each([
    ['"-9223372036854775808"', '-9223372036854775808'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9007199254740993', '9007199254740993'],
    ['-1', '-1'],
    ['0', '0'],
    ['"0"', '0'],
  ])('keeps every digit of the signed 64-bit integer %s', (json, expected) => {
    expect(arrives('logs', body(`{"intValue":${json}}`))).toEqual({ body: { intValue: expected } });
  });

  it.each([
    ['1.5', 1.5],
    ['"1.5e3"', 1500],
    ['"NaN"', 'NaN'],
    ['"Infinity"', 'Infinity'],
    ['"-Infinity"', '-Infinity'],
    ['"-0"', '-0'],
    ['123456789012345678901234567890', 123456789012345680000000000000],
  ])('reads the double %s', (json, expected) => {
    expect(arrives('logs', body(`{"doubleValue":${json}}`))).toEqual({ body: { doubleValue: expected } });
  });

  it.each(['"AAH+/w=="', '"AAH+/w"', '"AAH-_w=="'])('reads the base64 %s', (json) => {
    expect(arrives('logs', body(`{"bytesValue":${json}}`))).toEqual({ body: { bytesValue: 'AAH+/w==' } });
  });

  it('ignores keys that it does not know, original field names among them', () => {
    const text = logs('{"severity_text":"x","observed":[{"deep":{}}],"severityText":"INFO"}');
    expect(arrives('logs', text)).toEqual({ severityText: 'INFO' });
  });

  it('takes null for absent', () => {
    expect(
      arrives('logs', logs('{"body":null,"attributes":null,"severityText":"INFO","flags":null}')),
    ).toEqual({
      severityText: 'INFO',
    });
    expect(arrives('logs', body('{"stringValue":null,"intValue":1}'))).toEqual({ body: { intValue: '1' } });
  });

  it('tells an empty value from none', () => {
    expect(arrives('logs', logs('{"body":{}}'))).toEqual({ body: {} });
    expect(arrives('logs', body('{"stringValue":""}'))).toEqual({ body: { stringValue: '' } });
    expect(arrives('metrics', histogram('{"sum":0}'))).toEqual({ histogram: { dataPoints: [{ sum: 0 }] } });
  });

  it('leaves defaults off the wire', () => {
    const text = logs(
      '{"timeUnixNano":"0","severityNumber":0,"severityText":"","flags":0,"traceId":"","attributes":[]}',
    );
    expect(jsonToProtobuf('logs', text)).toEqual(jsonToProtobuf('logs', logs('{}')));
  });

  it('packs repeated numbers', () => {
    const bytes = jsonToProtobuf('metrics', histogram('{"bucketCounts":["1",2],"explicitBounds":[0.5]}'));
    expect(Buffer.from(bytes).toString('hex')).toMatch(/3210.{32}3a08.{16}$/);
  });

  it('replaces half a surrogate pair, which UTF-8 cannot hold', () => {
    expect(arrives('logs', body('{"stringValue":"a\\ud800b"}'))).toEqual({
      body: { stringValue: 'a\ufffdb' },
    });
  });

  it('is not impressed by names of the object prototype', () => {
    const text = logs(
      '{"__proto__":{"severityText":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}',
    );
    expect(arrives('logs', text)).toEqual({});
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('reads nothing off a polluted prototype', () => {
    Object.defineProperty(Object.prototype, 'severityText', { value: 'polluted', configurable: true });
    try {
      expect(arrives('logs', logs('{}'))).toEqual({});
    } finally {
      Reflect.deleteProperty(Object.prototype, 'severityText');
    }
  });

  const record = 'resourceLogs[0].scopeLogs[0].logRecords[0]';
  it.each<[json: string, problem: string]>([
    ['[]', 'the request must be an object (found an array)'],
    ['null', 'the request must be an object (found null)'],
    ['{"resourceLogs":{}}', 'resourceLogs must be an array (found an object)'],
    ['{"resourceLogs":[null]}', 'resourceLogs[0] must be an object (found null)'],
    [logs('{"body":"text"}'), `${record}.body must be an object (found a string)`],
    [logs('{"severityText":1}'), `${record}.severityText must be a string (found a number)`],
    [
      logs('{"severityNumber":"SEVERITY_NUMBER_INFO"}'),
      `${record}.severityNumber must be an enum value as an integer (found a string)`,
    ],
    [
      logs('{"severityNumber":"9"}'),
      `${record}.severityNumber must be an enum value as an integer (found a string)`,
    ],
    [
      logs('{"timeUnixNano":1.5}'),
      `${record}.timeUnixNano must be an unsigned 64-bit integer (found a number)`,
    ],
    [
      logs('{"timeUnixNano":"-1"}'),
      `${record}.timeUnixNano must be an unsigned 64-bit integer (found a string)`,
    ],
    [
      logs('{"timeUnixNano":18446744073709551616}'),
      `${record}.timeUnixNano must be an unsigned 64-bit integer (found a number)`,
    ],
    [
      logs('{"timeUnixNano":"0x10"}'),
      `${record}.timeUnixNano must be an unsigned 64-bit integer (found a string)`,
    ],
    [logs('{"flags":4294967296}'), `${record}.flags must be an unsigned 32-bit integer (found a number)`],
    [
      logs('{"droppedAttributesCount":-1}'),
      `${record}.droppedAttributesCount must be an unsigned 32-bit integer (found a number)`,
    ],
    [
      logs('{"traceId":"xyz"}'),
      `${record}.traceId must be a string of hexadecimal digits, two a byte (found a string)`,
    ],
    [
      logs('{"traceId":"abc"}'),
      `${record}.traceId must be a string of hexadecimal digits, two a byte (found a string)`,
    ],
    [
      logs('{"traceId":"W47/95gDgQPSabYzgT/GDA=="}'),
      `${record}.traceId must be a string of hexadecimal digits, two a byte (found a string)`,
    ],
    [body('{"bytesValue":"a"}'), `${record}.body.bytesValue must be a string of base64 (found a string)`],
    [body('{"bytesValue":"ab c"}'), `${record}.body.bytesValue must be a string of base64 (found a string)`],
    [body('{"boolValue":"true"}'), `${record}.body.boolValue must be true or false (found a string)`],
    [
      body('{"doubleValue":1e999}'),
      `${record}.body.doubleValue must be a number, or 'NaN', 'Infinity' or '-Infinity' (found a number)`,
    ],
    [
      body('{"doubleValue":"nan"}'),
      `${record}.body.doubleValue must be a number, or 'NaN', 'Infinity' or '-Infinity' (found a string)`,
    ],
    [
      body('{"arrayValue":{"values":[{"intValue":1},{"intValue":true}]}}'),
      `${record}.body.arrayValue.values[1].intValue must be a 64-bit integer (found a boolean)`,
    ],
    [
      body('{"stringValue":"a","intValue":1}'),
      `${record}.body must have one of 'stringValue' and 'intValue', not both`,
    ],
    ['{"resourceLogs"', 'the text is not JSON (at character 15)'],
    ['{"resourceLogs":hunter2}', 'the text is not JSON'],
    ['', 'the text is not JSON'],
  ])('refuses %s', (json, problem) => {
    const transcode = (): unknown => jsonToProtobuf('logs', json);
    expect(transcode).toThrow(MalformedPayload);
    expect(transcode).toThrow(new MalformedPayload(`malformed OTLP JSON: ${problem}`));
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => jsonToProtobuf('logs', Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      new MalformedPayload('malformed OTLP JSON: the text is not UTF-8'),
    );
  });

  it('allows messages nested 100 deep, and no deeper', () => {
    const nested = (levels: number): string =>
      body(`${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${']}}'.repeat(levels)}`);
    expect(decodeRequest('logs', jsonToProtobuf('logs', nested(48)))).toBeDefined();
    expect(() => jsonToProtobuf('logs', nested(49))).toThrow(/ is nested deeper than 100 messages$/);
  });

  it('refuses a text that nests a hundred thousand deep, also when it has to be parsed exactly', () => {
    const deep = (inner: string): string =>
      body(`${'{"arrayValue":{"values":['.repeat(1e5)}${inner}${']}}'.repeat(1e5)}`);
    expect(() => jsonToProtobuf('logs', deep('{}'))).toThrow(MalformedPayload);
    const exactly = `{"ignored":${'['.repeat(1e5)}${']'.repeat(1e5)},${logs('{"timeUnixNano":9007199254740993}').slice(1)}`;
    expect(() => jsonToProtobuf('logs', exactly)).toThrow(
      new MalformedPayload('malformed OTLP JSON: the text nests too deep'),
    );
  });
});
