import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
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

  describe('reads zstd in several frames', () => {
    const frames = (...contents: (string | Uint8Array)[]): Buffer =>
      Buffer.concat(contents.map((content) => zstdCompressSync(content)));
    const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
    const read = async (bytes: Uint8Array, limit: number): Promise<string> =>
      Buffer.from(await decompress(bytes, 'zstd', limit)).toString();

    it('small and large, skippable ones left out', async () => {
      expect(await read(frames('one ', '', 'two'), 7)).toBe('one two');
      expect(await read(Buffer.concat([skippable, frames('one'), skippable]), 3)).toBe('one');
      const large = randomBytes(MIB);
      const back = await decompress(frames(large, large, 'end'), 'zstd', 2 * MIB + 3);
      expect(Buffer.from(back).equals(Buffer.concat([large, large, Buffer.from('end')]))).toBe(true);
    });

    it('up to the limit, all together', async () => {
      const bytes = frames('one ', 'two');
      for (const limit of [6, 4, 3, 0]) await expect(read(bytes, limit)).rejects.toThrow(PayloadTooLarge);
      const bomb = frames(Buffer.alloc(3 * MIB), Buffer.alloc(3 * MIB));
      await expect(read(bomb, 4 * MIB)).rejects.toThrow(
        'the decompressed message is larger than the limit of 4194304 bytes',
      );
    });

    it('up to a hundred of them, for each costs something', async () => {
      expect(await read(frames(...Array<string>(100).fill('.')), MIB)).toBe('.'.repeat(100));
      await expect(read(frames(...Array<string>(101).fill('.')), MIB)).rejects.toThrow(
        new MalformedPayload('the zstd data has more than 100 frames'),
      );
    });

    it('and refuses one that is cut short', async () => {
      const bytes = frames('one', 'two');
      for (const missing of [1, 8]) {
        await expect(read(bytes.subarray(0, -missing), MIB)).rejects.toThrow(
          'the message is not valid zstd data: unexpected end of file',
        );
      }
    });
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
