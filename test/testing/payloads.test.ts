import { describe, expect, it } from '@jest/globals';
import { protobufToJson, validatePayload } from '../../src/authoring.js';
import { testLogs, testMetrics, testTraces } from '../../src/testing/index.js';

const builders = { logs: testLogs, traces: testTraces, metrics: testMetrics };

describe.each(Object.entries(builders))('a test payload of %s', (signal, build) => {
  it('is a sound request with as many items as asked for', () => {
    for (const count of [0, 1, 7]) {
      const pdata = build(count);
      expect(pdata.signal).toBe(signal);
      expect(pdata.itemCount).toBe(count);
      expect(() => validatePayload(pdata.signal, pdata.bytes)).not.toThrow();
    }
    expect(build().itemCount).toBe(1);
  });

  it('carries the texts, the service and the attributes given', () => {
    const { bytes } = build(['first one', 'second one'], { service: 'shop', attributes: { region: 'eu' } });
    const text = JSON.stringify(protobufToJson(build().signal, bytes));
    for (const part of ['first one', 'second one', 'shop', 'region', 'eu']) expect(text).toContain(part);
  });

  it('is the same for the same arguments', () => {
    expect(build(3).bytes).toEqual(build(3).bytes);
  });
});
