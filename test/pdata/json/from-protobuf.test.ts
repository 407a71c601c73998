import { describe, expect, it } from '@jest/globals';
import { MalformedPayload, protobufToJson, signals } from '../../../src/authoring.js';
import { sampleJson, sampleRequest } from '../../fixtures/otlp.js';
import { message, Raw } from '../wire/bytes.js';

const logRecord = (...records: Uint8Array[]): Uint8Array =>
  message([1, message([2, message(...records.map((record): [number, Uint8Array] => [2, record]))])]);
const recordsOf = (bytes: Uint8Array): unknown => {
  const { resourceLogs } = protobufToJson('logs', bytes) as {
    resourceLogs: [{ scopeLogs: [{ logRecords: unknown }] }];
  };
  return resourceLogs[0].scopeLogs[0].logRecords;
};

describe('protobufToJson', () => {
  it.each(signals)('gives the OTLP/JSON of a request for %s', (signal) => {
    const options = { records: 3, resources: 2 };
    expect(protobufToJson(signal, sampleRequest(signal, options))).toEqual(sampleJson(signal, options));
  });

  it('leaves out what it does not know', () => {
    expect(recordsOf(logRecord(message([3, 'INFO'], [40, 'unknown'])))).toEqual([{ severityText: 'INFO' }]);
  });

  it('takes the last of a field that comes twice, and of a oneof', () => {
    const body = message([1, 'text'], [2, new Raw(0, [1])]);
    const record = message([3, 'INFO'], [3, 'WARN'], [7, new Raw(0, [5])], [7, new Raw(0, [0])], [5, body]);
    expect(recordsOf(logRecord(record))).toEqual([{ severityText: 'WARN', body: { boolValue: true } }]);
  });

  it('makes one of a message that comes in two parts', () => {
    const list = (text: string): Uint8Array => message([5, message([1, message([1, text])])]);
    expect(recordsOf(logRecord(message([5, list('a')], [5, list('b')])))).toEqual([
      { body: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
    ]);
  });

  it('reads repeated numbers packed and one by one', () => {
    const eight = (value: number): number[] => [value, 0, 0, 0, 0, 0, 0, 0];
    const point = message([6, Uint8Array.from([...eight(1), ...eight(2)])], [6, new Raw(1, eight(3))]);
    const metric = message([2, message([9, message([1, point])])]);
    expect(protobufToJson('metrics', message([1, message([2, metric])]))).toMatchObject({
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ histogram: { dataPoints: [{ bucketCounts: ['1', '2', '3'] }] } }] }] },
      ],
    });
  });

  it('refuses what is not that request, and says where', () => {
    expect(() => protobufToJson('logs', logRecord(message([3, new Raw(0, [1])])))).toThrow(
      new MalformedPayload(
        'malformed OTLP protobuf: resource_logs.scope_logs.log_records.severity_text: ' +
          'the field has a wire type that it cannot have (at byte 6)',
      ),
    );
  });

  it('refuses messages that are nested deeper than 100', () => {
    let value: Uint8Array = new Uint8Array();
    for (let level = 0; level < 60; level += 1) value = message([5, message([1, value])]);
    expect(() => protobufToJson('logs', logRecord(message([5, value])))).toThrow(
      'messages are nested too deep',
    );
  });
});
