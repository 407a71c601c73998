import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodyBuffer } from '../../src/authoring.js';

const MIB = 1024 * 1024;

describe('a body', () => {
  it('is what was appended, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 20 }), (chunks) => {
        const whole = Buffer.concat(chunks);
        const body = new BodyBuffer(whole.length);
        for (const chunk of chunks) body.append(chunk);
        expect(body.length).toBe(whole.length);
        expect(whole.equals(body.bytes)).toBe(true);
      }),
    );
  });

  it('is not copied when it comes in one chunk', () => {
    const body = new BodyBuffer(100);
    const chunk = Buffer.from('hello');
    body.append(chunk);
    body.append(Buffer.alloc(0));
    expect(body.bytes).toBe(chunk);
  });

  it('keeps large chunks as they are', () => {
    const body = new BodyBuffer(64 * MIB);
    const chunks = [Buffer.alloc(16_384, 1), Buffer.alloc(12_616, 2)];
    for (const chunk of chunks) body.append(chunk);
    expect(body.pieces).toEqual(chunks);
    expect(body.pieces.map(({ buffer }) => buffer)).toEqual(chunks.map(({ buffer }) => buffer));
    expect(Buffer.concat(chunks).equals(body.bytes)).toBe(true);
  });

  it('copies chunks that keep much more memory than they are long', () => {
    const body = new BodyBuffer(64 * MIB);
    for (let chunks = 1; chunks <= 100; chunks++) body.append(Buffer.alloc(64 * 1024).subarray(0, 8_000));
    const memory = new Set(body.pieces.map(({ buffer }) => buffer));
    const kept = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(kept).toBeLessThanOrEqual(4 * body.length + 64 * 1024);
    expect(body.bytes).toHaveLength(800_000);
  });

  it('leaves its first chunk as it was when another follows', () => {
    const slab = Buffer.from('hello, receiver');
    const body = new BodyBuffer(100);
    body.append(slab.subarray(0, 5));
    body.append(Buffer.from('!!!'));
    expect(slab.toString()).toBe('hello, receiver');
    expect(Buffer.from(body.bytes).toString()).toBe('hello!!!');
  });

  it('takes no more than twice what has arrived, whatever it may become', () => {
    const body = new BodyBuffer(64 * MIB);
    const chunk = Buffer.alloc(1_000);
    for (let chunks = 1; chunks <= 2_000; chunks++) {
      body.append(chunk);
      expect(body.bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(2 * body.length, 8 * 1024));
    }
  });

  it('takes no more than was announced', () => {
    const body = new BodyBuffer(MIB);
    body.append(Buffer.alloc(600_000));
    for (let left = MIB - 600_000; left > 0; left -= 1_000) body.append(Buffer.alloc(Math.min(1_000, left)));
    expect(body.length).toBe(MIB);
    expect(body.bytes.buffer.byteLength).toBe(MIB);
  });

  it('is nothing at first, and nothing again when it is cleared', () => {
    const body = new BodyBuffer(100);
    expect(body.bytes).toHaveLength(0);
    body.append(Buffer.from('he'));
    body.append(Buffer.from('llo'));
    body.clear();
    expect([body.length, body.bytes.buffer.byteLength]).toEqual([0, 0]);
    body.append(Buffer.from('again'));
    expect(Buffer.from(body.bytes).toString()).toBe('again');
  });
});
