import { describe, expect, it } from '@jest/globals';
import { MalformedPayload, type Signal, signals, validatePayload } from '../../../src/authoring.js';
import { sampleRequest } from '../../fixtures/otlp.js';
import { type FieldOnWire, message, Raw } from './bytes.js';

const varint = (...bytes: number[]): Raw => new Raw(0, bytes);
const groupStart = (...bytes: number[]): Raw => new Raw(3, bytes);

const logRecord = (record: Uint8Array): Uint8Array => message([1, message([2, message([2, record])])]);
const dataPoint = (data: number, point: Uint8Array): Uint8Array =>
  message([1, message([2, message([2, message([data, message([1, point])])])])]);

describe('validatePayload', () => {
  it.each(signals)('returns the number of items in a request for %s', (signal) => {
    expect(validatePayload(signal, sampleRequest(signal, { records: 17, resources: 2, scopes: 2 }))).toBe(17);
  });

  it('takes an empty request, which has no items', () => {
    expect(validatePayload('logs', new Uint8Array())).toBe(0);
  });

  it('counts every kind of data point', () => {
    const data = [5, 7, 9, 10, 11].map((number) => message([number, message([1, new Uint8Array()])]));
    const metrics = data.map((metric): [number, Uint8Array] => [2, metric]);
    expect(validatePayload('metrics', message([1, message([2, message(...metrics)])]))).toBe(5);
  });

  describe('allows what it does not know', () => {
    it.each([
      ['a varint', message([20, varint(1)])],
      ['a fixed64', message([20, new Raw(1, [1, 2, 3, 4, 5, 6, 7, 8])])],
      ['bytes', message([20, 'text'])],
      ['a fixed32', message([20, new Raw(5, [1, 2, 3, 4])])],
      ['a group', message([20, groupStart(0x08, 0x01, 0x5b, 0x5c, 0xa4, 0x01)])],
      ['the highest field number', message([2 ** 29 - 1, varint(1)])],
    ])('%s', (_, record) => {
      expect(validatePayload('logs', logRecord(record))).toBe(1);
    });
  });

  it('allows any UTF-8 in text, short or long, and anything in bytes', () => {
    const text = message([3, 'é'], [12, '☃'.repeat(1000)], [9, Uint8Array.of(0xff, 0xc3)]);
    expect(validatePayload('logs', logRecord(text))).toBe(1);
  });

  describe('allows repeated numbers', () => {
    it.each([
      ['packed', dataPoint(9, message([6, Buffer.alloc(16)]))],
      ['one by one', dataPoint(9, message([6, new Raw(1, [0, 0, 0, 0, 0, 0, 0, 0])]))],
      ['packed varints', dataPoint(10, message([8, message([2, Uint8Array.of(0x80, 0x01, 0x05)])]))],
      ['varints one by one', dataPoint(10, message([8, message([2, varint(0x80, 0x01)])]))],
    ])('%s', (_, request) => {
      expect(validatePayload('metrics', request)).toBe(1);
    });
  });

  const record = 'resource_logs.scope_logs.log_records';
  const point = 'resource_metrics.scope_metrics.metrics';
  it.each<[what: string, signal: Signal, bytes: Uint8Array, problem: string]>([
    [
      'a known field with another wire type',
      'logs',
      logRecord(message([3, 'INFO'], [2, 'nine'])),
      `${record}.severity_number: the field has a wire type that it cannot have (at byte 12)`,
    ],
    [
      'a message that is a group',
      'logs',
      logRecord(message([5, groupStart(0x2c)])),
      `${record}.body: the field has a wire type that it cannot have (at byte 6)`,
    ],
    [
      'a length that leaves its message',
      'logs',
      logRecord(message([3, new Raw(2, [5, 65, 66])])),
      `${record}.severity_text: a length runs past the end of its message (at byte 7)`,
    ],
    [
      'a length above 2 GiB',
      'logs',
      logRecord(message([3, new Raw(2, [0xff, 0xff, 0xff, 0xff, 0x0f])])),
      `${record}.severity_text: a length is not valid (at byte 7)`,
    ],
    [
      'a length that does not end',
      'logs',
      logRecord(message([3, new Raw(2, [0x80])])),
      `${record}.severity_text: ends in the middle of a field (at byte 6)`,
    ],
    [
      'a fixed64 that is too short',
      'logs',
      logRecord(message([1, new Raw(1, [1, 2, 3])])),
      `${record}.time_unix_nano: ends in the middle of a field (at byte 6)`,
    ],
    [
      'a varint of eleven bytes',
      'logs',
      logRecord(message([7, varint(...Array<number>(10).fill(0x80), 0)])),
      `${record}.dropped_attributes_count: a varint is longer than 64 bits (at byte 7)`,
    ],
    [
      'a varint of 65 bits',
      'logs',
      logRecord(message([7, varint(...Array<number>(9).fill(0x80), 2)])),
      `${record}.dropped_attributes_count: a varint is longer than 64 bits (at byte 7)`,
    ],
    [
      'a tag of 33 bits',
      'logs',
      logRecord(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f, 0)),
      `${record}: a field tag is not valid (at byte 6)`,
    ],
    [
      'field number 0',
      'logs',
      logRecord(Uint8Array.of(0, 1)),
      `${record}: a field tag is not valid (at byte 6)`,
    ],
    [
      'a wire type that does not exist',
      'logs',
      logRecord(message([20, new Raw(6, [1])])),
      `${record}.#20: a field tag is not valid (at byte 8)`,
    ],
    [
      'a group that does not end',
      'logs',
      logRecord(message([20, groupStart(0x08, 0x01)])),
      `${record}.#20: a group ends that did not begin, or does not end (at byte 9)`,
    ],
    [
      'a group that another ends',
      'logs',
      logRecord(message([20, groupStart(0xac, 0x01)])),
      `${record}.#20: a group ends that did not begin, or does not end (at byte 9)`,
    ],
    [
      'a group that ends without a beginning',
      'logs',
      logRecord(message([20, new Raw(4, [])])),
      `${record}.#20: a group ends that did not begin, or does not end (at byte 7)`,
    ],
    [
      'text that is not UTF-8',
      'logs',
      logRecord(message([3, Uint8Array.of(0x61, 0xc3)])),
      `${record}.severity_text: the text is not UTF-8 (at byte 8)`,
    ],
    [
      'a packed list of seven bytes for fixed64',
      'metrics',
      dataPoint(9, message([6, new Uint8Array(7)])),
      `${point}.histogram.data_points.bucket_counts: a packed list does not hold a whole number of values (at byte 12)`,
    ],
    [
      'a packed list that ends in a varint',
      'metrics',
      dataPoint(10, message([8, message([2, Uint8Array.of(1, 0x80)])])),
      `${point}.exponential_histogram.data_points.positive.bucket_counts: ends in the middle of a field (at byte 15)`,
    ],
  ])('refuses %s', (_, signal, bytes, problem) => {
    const check = (): unknown => validatePayload(signal, bytes);
    expect(check).toThrow(MalformedPayload);
    expect(check).toThrow(new MalformedPayload(`malformed OTLP protobuf: ${problem}`));
  });

  it('refuses a character of which one text has the beginning and the next one the end', () => {
    const bytes = logRecord(message([3, Uint8Array.of(0x61, 0xc3)], [12, Uint8Array.of(0xa9, 0x62)]));
    expect(() => validatePayload('logs', bytes)).toThrow(`${record}.severity_text: the text is not UTF-8`);
  });

  it('names the first fault of several, be it in text or in framing', () => {
    const overrun: FieldOnWire = [12, new Raw(2, [9])];
    const attribute = message([1, 'key'], [2, message([1, Uint8Array.of(0xff)])]);
    const bytes = logRecord(message([2, varint(9)], [6, attribute], overrun));
    expect(() => validatePayload('logs', bytes)).toThrow(
      `${record}.attributes.value.string_value: the text is not UTF-8 (at byte 19)`,
    );
  });

  describe('looks into attributes of every form, and refuses', () => {
    const attribute = (...fields: FieldOnWire[]): Uint8Array => logRecord(message([6, message(...fields)]));
    it.each<[what: string, value: Uint8Array, problem: string]>([
      ['text', message([1, Uint8Array.of(0xff)]), 'string_value: the text is not UTF-8'],
      ['a string that is too long', Uint8Array.of(0x0a, 2, 0x61), 'string_value: a length runs past'],
      ['a number that does not end', Uint8Array.of(0x18, 0x80), 'int_value: ends in the middle of a field'],
      [
        'a number of 65 bits',
        message([3, varint(...Array<number>(9).fill(0x80), 2)]),
        'int_value: a varint is longer',
      ],
      [
        'a double that is too short',
        Uint8Array.of(0x21, 0, 0),
        'double_value: ends in the middle of a field',
      ],
      ['a boolean that is text', message([2, 'true']), 'bool_value: the field has a wire type'],
    ])('%s', (_, value, problem) => {
      expect(() => validatePayload('logs', attribute([1, 'key'], [2, value]))).toThrow(
        `${record}.attributes.value.${problem}`,
      );
      // The same behind a field that makes the attribute unusual.
      expect(() => validatePayload('logs', attribute([1, 'key'], [20, 'more'], [2, value]))).toThrow(
        `${record}.attributes.value.${problem}`,
      );
    });

    it('a key that is not text, whatever the value', () => {
      for (const value of [message([1, 'value']), message([3, varint(0xc8, 1)]), message([2, varint(1)])]) {
        expect(() => validatePayload('logs', attribute([1, Uint8Array.of(0xff)], [2, value]))).toThrow(
          `${record}.attributes.key: the text is not UTF-8`,
        );
      }
    });
  });

  it('refuses a request that is cut off, wherever it is cut inside a resource', () => {
    const bytes = sampleRequest('traces', { records: 2 });
    for (let end = 1; end < bytes.length; end += 1) {
      expect(() => validatePayload('traces', bytes.subarray(0, end))).toThrow(MalformedPayload);
    }
  });

  it('allows messages nested 100 deep, and no deeper', () => {
    const request = (nested: number): Uint8Array => {
      let value: Uint8Array = message([1, 'innermost']);
      for (let level = 0; level < nested; level += 1) value = message([5, message([1, value])]);
      return logRecord(message([5, value]));
    };
    // Resource, scope, record and body are four; a value in an array is two more.
    expect(validatePayload('logs', request(48))).toBe(1);
    expect(() => validatePayload('logs', request(49))).toThrow(
      /: messages are nested too deep \(at byte \d+\)$/,
    );
  });

  it('counts groups as nesting', () => {
    const groups = (depth: number): Uint8Array =>
      logRecord(Buffer.concat([Buffer.alloc(depth, 0x7b), Buffer.alloc(depth, 0x7c)]));
    expect(validatePayload('logs', groups(97))).toBe(1);
    expect(() => validatePayload('logs', groups(98))).toThrow('messages are nested too deep');
  });

  it('never repeats content in what it throws', () => {
    const bytes = logRecord(message([5, message([1, 'hunter2'])], [2, 'hunter2']));
    expect(() => validatePayload('logs', bytes)).toThrow(/^(?!.*hunter2)/);
  });
});
