import {
  compressionFromToken,
  decodeExportResponse,
  decodeRpcStatus,
  decompress,
  exportResponseFromJson,
  MalformedPayload,
  type PartialSuccess,
  type RpcStatus,
  rpcStatusFromJson,
  type Signal,
} from '../../authoring.js';
import type { HttpAnswer } from './http-client.js';

/**
 * What the server remarked on a request that it accepted; `undefined` when nothing.
 *
 * @throws MalformedPayload, PayloadTooLarge when the response cannot be read
 */
export async function readAcceptance(
  signal: Signal,
  answer: HttpAnswer,
  limitBytes: number,
): Promise<PartialSuccess | undefined> {
  const body = await content(answer, limitBytes);
  if (body.byteLength === 0) return undefined;
  return mediaType(answer) === 'application/json'
    ? exportResponseFromJson(signal, textOf(body))
    : decodeExportResponse(body);
}

/** What the server said of a request that it refused; empty when it said nothing that can be read. */
export async function readRefusal(
  answer: HttpAnswer,
  limitBytes: number,
): Promise<Pick<RpcStatus, 'message' | 'retryDelayMs'>> {
  try {
    const type = mediaType(answer);
    // A text is worth showing even when its end is missing.
    if (type === 'text/plain') {
      return { message: textOf(answer.complete ? await content(answer, limitBytes) : answer.body) };
    }
    const body = await content(answer, limitBytes);
    if (type === 'application/x-protobuf') return decodeRpcStatus(body);
    if (type === 'application/json') return rpcStatusFromJson(textOf(body)) ?? { message: textOf(body) };
  } catch {
    // The status code has said what matters; a body that explains it badly adds nothing.
  }
  return { message: '' };
}

/** One value of a response header. */
export function header(answer: HttpAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function content(answer: HttpAnswer, limitBytes: number): Promise<Uint8Array> {
  if (!answer.complete) throw new MalformedPayload('the response was cut off');
  const compression = compressionFromToken(header(answer, 'content-encoding'));
  if (compression === undefined) throw new MalformedPayload('the response is compressed in an unknown way');
  return decompress(answer.body, compression, limitBytes);
}

function mediaType(answer: HttpAnswer): string | undefined {
  return header(answer, 'content-type')?.split(';')[0]?.trim().toLowerCase();
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
