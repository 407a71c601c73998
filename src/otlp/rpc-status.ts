import { boundedRetryDelay } from './retry-after.js';
import type { GrpcStatusCode } from './status.js';
import { fieldText, MessageWriter, readFields } from './wire.js';

/**
 * `google.rpc.Status`: what an OTLP/HTTP error carries in its body and gRPC in `grpc-status-details-bin`. Of the
 * details only `RetryInfo` means something to OTLP; others are ignored.
 */
export interface RpcStatus {
  /** A gRPC status code; any number when it was received. */
  readonly code: GrpcStatusCode | number;
  readonly message: string;
  /** How long the client shall wait before it retries, in milliseconds (`RetryInfo.retry_delay`). A day at most. */
  readonly retryDelayMs?: number | undefined;
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_S = 1_000_000_000;

/** A status as protobuf. */
export function encodeRpcStatus(status: RpcStatus): Buffer {
  const writer = new MessageWriter().varint(1, status.code).string(2, status.message);
  if (status.retryDelayMs !== undefined) {
    const { seconds, nanos } = toDuration(status.retryDelayMs);
    const delay = new MessageWriter().varint(1, seconds).varint(2, nanos).finish();
    const retryInfo = new MessageWriter().bytes(1, delay).finish();
    writer.bytes(3, new MessageWriter().string(1, RETRY_INFO).bytes(2, retryInfo).finish());
  }
  return writer.finish();
}

/**
 * Reads a status from protobuf.
 *
 * @throws MalformedPayload when the bytes are not one
 */
export function decodeRpcStatus(bytes: Uint8Array): RpcStatus {
  let code = 0;
  let message = '';
  let retryDelayMs: number | undefined;
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.type === 'varint') code = field.value;
    else if (field.number === 2 && field.type === 'bytes') message = fieldText(field.value);
    else if (field.number === 3 && field.type === 'bytes') retryDelayMs ??= retryDelayIn(field.value);
  }
  return { code, message, retryDelayMs };
}

/** The value of the `grpc-status-details-bin` trailer. */
export function encodeStatusDetails(status: RpcStatus): string {
  return encodeRpcStatus(status).toString('base64');
}

/**
 * Reads a `grpc-status-details-bin` trailer, padded or not.
 *
 * @throws MalformedPayload when it is not one
 */
export function decodeStatusDetails(header: string): RpcStatus {
  return decodeRpcStatus(Buffer.from(header, 'base64'));
}

/** A status as the JSON text of an OTLP/HTTP error whose request was JSON. */
export function rpcStatusToJson(status: RpcStatus): string {
  const { code, message, retryDelayMs } = status;
  if (retryDelayMs === undefined) return JSON.stringify({ code, message });
  const { seconds, nanos } = toDuration(retryDelayMs);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  const detail = { '@type': RETRY_INFO, retryDelay: `${seconds}${fraction}s` };
  return JSON.stringify({ code, message, details: [detail] });
}

/** Reads a status from the text of a JSON error body; `undefined` when it is not one. */
export function rpcStatusFromJson(text: string): RpcStatus | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  const { code, message, details } = parsed;
  if (typeof code !== 'number' && typeof message !== 'string') return undefined;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
    retryDelayMs: Array.isArray(details) ? retryDelayAmong(details) : undefined,
  };
}

function retryDelayIn(any: Uint8Array): number | undefined {
  let typeUrl = '';
  let value: Uint8Array | undefined;
  for (const field of readFields(any)) {
    if (field.type !== 'bytes') continue;
    if (field.number === 1) typeUrl = fieldText(field.value);
    else if (field.number === 2) value = field.value;
  }
  // The part before the last slash is the resolver's, and not all servers write the same.
  if (!typeUrl.endsWith('/google.rpc.RetryInfo')) return undefined;
  for (const field of readFields(value ?? new Uint8Array(0))) {
    if (field.number !== 1 || field.type !== 'bytes') continue;
    let seconds = 0;
    let nanos = 0;
    for (const part of readFields(field.value)) {
      if (part.type !== 'varint') continue;
      if (part.number === 1) seconds = part.value;
      else if (part.number === 2) nanos = part.value;
    }
    return boundedRetryDelay(seconds * 1_000 + nanos / NANOS_PER_MS);
  }
  return undefined;
}

function retryDelayAmong(details: readonly unknown[]): number | undefined {
  for (const detail of details) {
    if (!isObject(detail) || !String(detail['@type']).endsWith('/google.rpc.RetryInfo')) continue;
    const delay = /^(\d+(?:\.\d+)?)s$/.exec(String(detail['retryDelay']));
    if (delay !== null) return boundedRetryDelay(Number(delay[1]) * 1_000);
  }
  return undefined;
}

function toDuration(ms: number): { readonly seconds: number; readonly nanos: number } {
  const bounded = boundedRetryDelay(ms) ?? 0;
  const seconds = Math.floor(bounded / 1_000);
  const nanos = Math.round((bounded - seconds * 1_000) * NANOS_PER_MS);
  return nanos < NANOS_PER_S ? { seconds, nanos } : { seconds: seconds + 1, nanos: 0 };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
