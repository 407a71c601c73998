import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  encodeFrame,
  framePrefix,
  MalformedPayload,
  PayloadTooLarge,
  UnaryFrameReader,
} from '../../src/authoring.js';

const message = Buffer.from('hello');

describe('a gRPC frame', () => {
  it('is a flag, a big-endian length and the message', () => {
    expect(encodeFrame(message, false).toString('hex')).toBe(`0000000005${message.toString('hex')}`);
    expect(encodeFrame(message, true).toString('hex')).toBe(`0100000005${message.toString('hex')}`);
  });

  it('begins with its prefix, which can be had alone', () => {
    expect(framePrefix(300_000, true).toString('hex')).toBe('01000493e0');
  });

  it('is read back however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }),
        (bytes, compressed, cuts) => {
          const frame = encodeFrame(bytes, compressed);
          const reader = new UnaryFrameReader(200);
          let at = 0;
          for (const cut of cuts) {
            reader.push(frame.subarray(at, at + cut));
            at = Math.min(at + cut, frame.length);
          }
          reader.push(frame.subarray(at));
          const read = reader.end();
          expect(Buffer.concat(read.pieces).equals(bytes)).toBe(true);
          expect(read.compressed).toBe(compressed);
        },
      ),
    );
  });

  it('is not copied when it comes in one chunk', () => {
    const frame = encodeFrame(message, false);
    const reader = new UnaryFrameReader(10);
    reader.push(frame);
    expect(reader.end().pieces.map(({ buffer }) => buffer)).toEqual([frame.buffer]);
  });

  it('is refused by its prefix alone when it announces more than the limit', () => {
    const reader = new UnaryFrameReader(10);
    expect(() => reader.push(framePrefix(11, false))).toThrow(new PayloadTooLarge('the gRPC message', 10));
  });

  it('is refused when it announces the most that a prefix can', () => {
    const reader = new UnaryFrameReader(4 * 1024 * 1024);
    expect(() => reader.push(Buffer.from('00ffffffff', 'hex'))).toThrow(PayloadTooLarge);
  });

  it.each([
    ['flag is neither 0 nor 1', '0200000000', 'a gRPC message begins with 0 or 1; this one with 2'],
    ['is followed by more', '000000000141ff', 'a unary gRPC call carries one message; more follows'],
    ['is cut within the prefix', '000000', 'the gRPC call ended within the 5-byte prefix of its message'],
    ['is cut within the message', '0000000005414243', 'the gRPC call ended 2 bytes before its message did'],
    ['is not there', '', 'the gRPC call ended without a message'],
  ])('is refused when its %s', (_, hex, reason) => {
    const reader = new UnaryFrameReader(100);
    expect(() => {
      reader.push(Buffer.from(hex, 'hex'));
      reader.end();
    }).toThrow(new MalformedPayload(reason));
  });
});
