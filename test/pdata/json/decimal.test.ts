import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonToProtobuf, MalformedPayload, protobufToJson } from '../../../src/authoring.js';

/** A log record with a time, a fixed64, and an attribute value, a varint, both written as text. */
const logs = (time: string, value: string): string =>
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: time, body: { intValue: value } }] }] }],
  });

const arrives = (time: string, value: string): unknown => {
  const json = protobufToJson('logs', jsonToProtobuf('logs', logs(time, value)));
  const [record] = JSON.stringify(json).match(/\{"timeUnixNano".*?\}\}|\{"body".*?\}\}/) ?? [];
  return record === undefined ? undefined : JSON.parse(record);
};

describe('integers written as text', () => {
  it.each([
    '1',
    '999999999',
    '1000000000',
    '4294967295',
    '4294967296',
    '281474976710655',
    '281474976710656',
    '1700000000123456789',
    '9223372036854775807',
    '9223372036854775808',
    '10000000000000000000',
    '18446744073709551615',
  ])('keep every digit of %s', (time) => {
    expect(arrives(time, '1')).toEqual({ timeUnixNano: time, body: { intValue: '1' } });
  });

  it('may begin with zeros', () => {
    expect(arrives('0000000000000000007', '000000000012')).toEqual({
      timeUnixNano: '7',
      body: { intValue: '12' },
    });
  });

  it('keep every digit of any number of 64 bits', () => {
    const unsigned = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
    const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    fc.assert(
      fc.property(unsigned, signed, (time, value) => {
        expect(arrives(time, value)).toEqual({ timeUnixNano: time, body: { intValue: value } });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    '18446744073709551616',
    '99999999999999999999',
    '',
    ' 1',
    '1 ',
    '1e3',
    '1.0',
    '+1',
    '1_000',
    '１',
  ])('are refused when they are %j', (text) => {
    expect(() => jsonToProtobuf('logs', logs(text, '1'))).toThrow(MalformedPayload);
    expect(() => jsonToProtobuf('logs', logs('1', text))).toThrow(MalformedPayload);
  });
});

describe('ids written in hex', () => {
  const record = (traceId: string): Uint8Array =>
    jsonToProtobuf(
      'logs',
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId }] }] }] }),
    );

  it('may have upper and lower case', () => {
    expect(JSON.stringify(protobufToJson('logs', record('00fFAa9909')))).toContain('"traceId":"00ffaa9909"');
  });

  it.each(['0', '0g', 'g0', '0x', ' 0', '0/', ':0', '0@', '0`', '００', '0\u0130'])(
    'are refused when they are %j',
    (id) => {
      expect(() => record(id)).toThrow('traceId must be a string of hexadecimal digits, two a byte');
    },
  );
});
