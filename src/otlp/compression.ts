import { promisify } from 'node:util';
import {
  constants,
  deflate,
  deflateSync,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  type InputType,
  inflate,
  inflateSync,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { MalformedPayload } from '../pdata/malformed.js';
import { joinPieces } from '../pdata/pieces.js';
import { PayloadTooLarge } from './payload-too-large.js';

/** How a message is compressed on the wire. `deflate` is the zlib format of RFC 1950, for HTTP and gRPC alike. */
export type Compression = 'none' | 'gzip' | 'deflate' | 'zstd';

export const compressions: readonly Compression[] = Object.freeze(['none', 'gzip', 'deflate', 'zstd']);

/** The compression that a `content-encoding` or `grpc-encoding` names; `undefined` when it is not known here. */
export function compressionFromToken(token: string | undefined): Compression | undefined {
  switch (token?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return 'none';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    case 'zstd':
      return 'zstd';
    default:
      return undefined;
  }
}

/** What `content-encoding` and `grpc-encoding` say for a compression. */
export function compressionToken(compression: Compression): string {
  return compression === 'none' ? 'identity' : compression;
}

/** The value of `accept-encoding` and `grpc-accept-encoding`: everything that `decompress` takes. */
export const ACCEPTED_ENCODINGS = 'identity,gzip,deflate,zstd';

/**
 * Up to this many input bytes the work is done in place. A trip through the thread pool costs some 200 µs of CPU,
 * ten times what it takes to inflate a small message.
 */
const IN_PLACE_BYTES = 64 * 1024;

/** A frame costs some 20 µs however small it is, and may be of 9 bytes. Who writes several writes large ones. */
const MOST_FRAMES = 100;

interface Codec {
  readonly compress: (bytes: InputType) => Promise<Uint8Array>;
  readonly compressSync: (bytes: InputType) => Uint8Array;
  readonly decompress: (bytes: InputType, options: DecodeOptions) => Promise<unknown>;
  readonly decompressSync: (bytes: InputType, options: DecodeOptions) => unknown;
}

interface DecodeOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
  /** Asks for `Decoded` in place of the bytes alone. */
  readonly info: true;
  readonly params?: Readonly<Record<number, number>>;
}

/** What `info: true` makes of the result; the typings of node:zlib do not know the option's effect. */
interface Decoded {
  readonly buffer: Uint8Array;
  /** `bytesWritten`: how much of the input was used. */
  readonly engine: { readonly bytesWritten: number };
}

const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: {
    compress: promisify<InputType, Uint8Array>(gzip),
    compressSync: gzipSync,
    decompress: promisify(gunzip),
    decompressSync: gunzipSync,
  },
  deflate: {
    compress: promisify<InputType, Uint8Array>(deflate),
    compressSync: deflateSync,
    decompress: promisify(inflate),
    decompressSync: inflateSync,
  },
  zstd: {
    compress: promisify<InputType, Uint8Array>(zstdCompress),
    compressSync: zstdCompressSync,
    decompress: promisify(zstdDecompress),
    decompressSync: zstdDecompressSync,
  },
};

/** Compresses a message; `none` gives back the same bytes. */
export async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === 'none') return bytes;
  const codec = codecs[compression];
  return bytes.byteLength <= IN_PLACE_BYTES ? codec.compressSync(bytes) : codec.compress(bytes);
}

/**
 * Decompresses a whole message, be it in several gzip members or in up to 100 zstd frames; `none` gives back the same
 * bytes.
 *
 * @param limitBytes how large the result may be; not a byte more is ever produced
 * @throws PayloadTooLarge when the result would be over the limit
 * @throws MalformedPayload when the bytes are cut short, followed by others, or not of that compression
 */
export async function decompress(
  bytes: Uint8Array,
  compression: Compression,
  limitBytes: number,
): Promise<Uint8Array> {
  if (compression === 'none') {
    if (bytes.byteLength > limitBytes) throw new PayloadTooLarge('the message', limitBytes);
    return bytes;
  }
  const parts: Uint8Array[] = [];
  let rest = bytes;
  let produced = 0;
  // The platform reads all members of gzip data at once, but of zstd data only the first frame (RFC 8878, section 3.1).
  for (let frames = 1; frames <= MOST_FRAMES; frames += 1) {
    const { buffer, engine } = await decode(rest, compression, limitBytes, limitBytes - produced);
    parts.push(buffer);
    produced += buffer.byteLength;
    if (produced > limitBytes) throw new PayloadTooLarge('the decompressed message', limitBytes);
    if (engine.bytesWritten === rest.byteLength) return joinPieces(parts);
    if (compression !== 'zstd') {
      throw new MalformedPayload(`the ${compression} data ends before the message does`);
    }
    rest = rest.subarray(engine.bytesWritten);
  }
  throw new MalformedPayload(`the zstd data has more than ${MOST_FRAMES} frames`);
}

/** @param roomBytes what is left of the limit */
async function decode(
  bytes: Uint8Array,
  compression: Exclude<Compression, 'none'>,
  limitBytes: number,
  roomBytes: number,
): Promise<Decoded> {
  const codec = codecs[compression];
  const options = decodeOptions(bytes, compression, limitBytes, roomBytes);
  try {
    const result =
      bytes.byteLength <= IN_PLACE_BYTES
        ? codec.decompressSync(bytes, options)
        : await codec.decompress(bytes, options);
    return result as Decoded;
  } catch (error) {
    throw decodeError(error, compression, limitBytes);
  }
}

function decodeOptions(
  bytes: Uint8Array,
  compression: Compression,
  limitBytes: number,
  roomBytes: number,
): DecodeOptions {
  const options = {
    // The platform refuses zero; the check after decoding covers it.
    maxOutputLength: Math.max(1, roomBytes),
    // Room for the usual ratio, so that most results come in one piece and need no joining.
    chunkSize: Math.min(Math.max(bytes.byteLength * 8, 4 * 1024), 256 * 1024),
    info: true,
  } as const;
  if (compression !== 'zstd') return options;
  // A frame may ask for a window of 128 MiB; the 8 MiB of RFC 8878, or what the limit needs, is enough.
  const windowLog = Math.min(Math.max(Math.ceil(Math.log2(Math.max(1, limitBytes))), 23), 27);
  return { ...options, params: { [constants.ZSTD_d_windowLogMax]: windowLog } };
}

function decodeError(error: unknown, compression: Compression, limitBytes: number): Error {
  // All that node:zlib throws; `instanceof` would miss errors of another realm, such as a test's.
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return new PayloadTooLarge('the decompressed message', limitBytes);
  return new MalformedPayload(`the message is not valid ${compression} data: ${message}`, { cause: error });
}
