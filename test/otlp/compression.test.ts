import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  type Compression,
  compress,
  compressionFromToken,
  compressions,
  compressionToken,
  decompress,
  MalformedPayload,
  PayloadTooLarge,
} from '../../src/authoring.js';

const MIB = 1024 * 1024;
const message = Buffer.from('telemetry '.repeat(1_000));
const compressed = ['gzip', 'deflate', 'zstd'] as const satisfies readonly Compression[];

describe('compression', () => {
  it.each(compressions)('%s gives back what it was given', async (compression) => {
    const back = await decompress(await compress(message, compression), compression, message.length);
    expect(Buffer.from(back).equals(message)).toBe(true);
  });

  it.each(compressed)('%s gives back what is too large to be worked on in place', async (compression) => {
    const large = randomBytes(MIB);
    const back = await decompress(await compress(large, compression), compression, MIB);
    expect(Buffer.from(back).equals(large)).toBe(true);
  });

  it.each(compressed)('%s gives back an empty message', async (compression) => {
    const back = await decompress(await compress(new Uint8Array(0), compression), compression, 10);
    expect(back.byteLength).toBe(0);
  });

  it.each(compressions)('%s refuses a result of one byte over the limit', async (compression) => {
    const bytes = await compress(message, compression);
    await expect(decompress(bytes, compression, message.length - 1)).rejects.toThrow(PayloadTooLarge);
  });

  it.each(compressed)('%s refuses a bomb, and names the limit', async (compression) => {
    const bomb = await compress(Buffer.alloc(64 * MIB), compression);
    await expect(decompress(bomb, compression, 4 * MIB)).rejects.toThrow(
      'the decompressed message is larger than the limit of 4194304 bytes',
    );
  });

  it.each(compressed)('%s refuses a message that is cut short', async (compression) => {
    const bytes = await compress(message, compression);
    const cut = bytes.subarray(0, bytes.byteLength - 3);
    await expect(decompress(cut, compression, MIB)).rejects.toMatchObject({
      name: 'MalformedPayload',
      message: `the message is not valid ${compression} data: unexpected end of file`,
    });
  });

  it.each(compressed)('%s refuses what is not compressed', async (compression) => {
    await expect(decompress(message, compression, MIB)).rejects.toThrow(MalformedPayload);
  });

  it.each(compressed)('%s refuses nothing at all', async (compression) => {
    await expect(decompress(new Uint8Array(0), compression, MIB)).rejects.toThrow(MalformedPayload);
  });

  it.each(compressed)('%s refuses bytes behind the message, which would be lost', async (compression) => {
    const bytes = Buffer.concat([await compress(message, compression), Buffer.from('more')]);
    await expect(decompress(bytes, compression, MIB)).rejects.toThrow(MalformedPayload);
  });

  it('reads gzip in several members', async () => {
    const bytes = Buffer.concat([gzipSync('one '), gzipSync('two')]);
    expect(Buffer.from(await decompress(bytes, 'gzip', MIB)).toString()).toBe('one two');
  });

  it('refuses a zstd frame whose window would take far more memory than the limit', async () => {
    // Magic number, a header with a window of 128 MiB, and one empty last block.
    const frame = Buffer.from('28b52ffd0088010000', 'hex');
    await expect(decompress(frame, 'zstd', 4 * MIB)).rejects.toThrow(
      'the message is not valid zstd data: Frame requires too much memory for decoding',
    );
    expect((await decompress(frame, 'zstd', 128 * MIB)).byteLength).toBe(0);
  });
});

describe('the names of compressions on the wire', () => {
  it.each([
    [undefined, 'none'],
    ['', 'none'],
    ['identity', 'none'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    [' deflate ', 'deflate'],
    ['zstd', 'zstd'],
    ['br', undefined],
    ['gzip, gzip', undefined],
    ['none', undefined],
  ])('reads %j as %s', (token, compression) => {
    expect(compressionFromToken(token)).toBe(compression);
  });

  it('calls none identity and the others by their names', () => {
    expect(compressions.map(compressionToken)).toEqual(['identity', 'gzip', 'deflate', 'zstd']);
  });
});
