import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { parseDuration } from '../../src/config/duration.js';
import { byteSize, duration, parseByteSize, secret, socketAddress } from '../../src/config/fields.js';

const firstMessage = (schema: z.ZodType, input: unknown) => schema.safeParse(input).error?.issues[0]?.message;

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['200ms', 200],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['2d', 172_800_000],
    ['1h 30m', 5_400_000],
    ['1m30s', 90_000],
    ['500us', 0.5],
    ['1000000ns', 1],
  ])('%s is %p milliseconds', (text, ms) => expect(parseDuration(text)).toBeCloseTo(ms, 9));

  it.each(['', '5', 's', '5 s', '-5s', '5sec', '1e3s', ' 5s', '5s,'])('is not %p', (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(firstMessage(duration(), text)).toBe('is not a duration; write it like 200ms, 30s, 5m or 24h');
  });

  it('can be required to be longer than zero', () => {
    expect(duration().parse('0s')).toBe(0);
    expect(firstMessage(duration({ positive: true }), '0s')).toBe('must be longer than zero');
  });

  it('takes its default as text', () => {
    expect(duration().prefault('30s').parse(undefined)).toBe(30_000);
  });
});

describe('a size', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['512b', 512],
    ['4KiB', 4_096],
    ['4 kb', 4_000],
    ['7 GiB', 7_516_192_768],
    ['10GB', 1e10],
    ['1.5MiB', 1_572_864],
    ['1TiB', 2 ** 40],
  ])('%s is %p bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
    expect(byteSize().parse(text)).toBe(bytes);
  });

  it('may be a bare number', () => {
    expect(byteSize().parse(1024)).toBe(1024);
  });

  it.each(['', 'big', '-1', '5m', '5 PB', '1e9'])('is not %p', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
    expect(firstMessage(byteSize(), text)).toBe('is not a size; write it like 512, 64KiB, 4MiB or 10GB');
  });

  it.each([-1, 1.5])('is not %p', (number) => expect(byteSize().safeParse(number).success).toBe(false));
});

describe('an address', () => {
  it.each([
    ['127.0.0.1:4317', '127.0.0.1', 4317],
    ['localhost:0', 'localhost', 0],
    ['[::1]:4318', '::1', 4318],
    ['[::ffff:1.2.3.4]:65535', '::ffff:1.2.3.4', 65_535],
  ])('%s is a host and a port', (text, host, port) =>
    expect(socketAddress().parse(text)).toEqual({ host, port }),
  );

  it.each(['', '4317', ':4317', 'host:', 'host:65536', 'host:x', '::1:4317', 'a b:1', 'http://host:1'])(
    'is not %p',
    (text) =>
      expect(firstMessage(socketAddress(), text)).toBe(
        'is not an address; write it like 127.0.0.1:4317 or [::1]:4317',
      ),
  );
});

describe('a secret', () => {
  it('is hidden as soon as it is read', () => {
    const value = secret().parse('hunter2');
    expect(`${value} ${JSON.stringify(value)}`).toBe('[REDACTED] "[REDACTED]"');
    expect(value.reveal()).toBe('hunter2');
  });

  it('is not empty', () => {
    expect(firstMessage(secret(), '')).toBe('must not be empty');
  });
});
