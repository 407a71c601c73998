import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countItems, jsonToProtobuf, protobufToJson, signals, validatePayload } from '../../src/authoring.js';
import { arbitraryRequest, toOtlpJson } from './arbitraries.js';
import { decodeRequest, encodeRequest } from './otlp-proto.js';
import { withRepeatedFields } from './repeated-fields.js';

describe.each(signals)('any request for %s', (signal) => {
  const request = arbitraryRequest(signal);

  it('becomes, from JSON, what protobufjs makes of it', () => {
    fc.assert(
      fc.property(request, (value) => {
        const ours = jsonToProtobuf(signal, JSON.stringify(toOtlpJson(value)));
        expect(decodeRequest(signal, ours)).toEqual(decodeRequest(signal, encodeRequest(signal, value)));
      }),
    );
  });

  it('comes back from JSON with the same meaning and, from then on, the same bytes', () => {
    fc.assert(
      fc.property(request, (value) => {
        const theirs = encodeRequest(signal, value);
        const json = protobufToJson(signal, theirs);
        const ours = jsonToProtobuf(signal, JSON.stringify(json));
        expect(decodeRequest(signal, ours)).toEqual(decodeRequest(signal, theirs));
        expect(protobufToJson(signal, ours)).toEqual(json);
        expect(jsonToProtobuf(signal, JSON.stringify(protobufToJson(signal, ours)))).toEqual(ours);
      }),
    );
  });

  it('means in JSON what protobufjs makes of it, with fields that stand there several times', () => {
    fc.assert(
      fc.property(request, fc.nat(), (value, seed) => {
        const theirs = withRepeatedFields(signal, encodeRequest(signal, value), seed);
        const ours = jsonToProtobuf(signal, JSON.stringify(protobufToJson(signal, theirs)));
        expect(decodeRequest(signal, ours)).toEqual(decodeRequest(signal, theirs));
      }),
    );
  });

  it('is valid, from whichever encoder, with the items counted alike', () => {
    fc.assert(
      fc.property(request, (value) => {
        const theirs = encodeRequest(signal, value);
        const ours = jsonToProtobuf(signal, JSON.stringify(toOtlpJson(value)));
        expect(validatePayload(signal, theirs)).toBe(countItems(signal, theirs));
        expect(validatePayload(signal, ours)).toBe(countItems(signal, theirs));
      }),
    );
  });
});
