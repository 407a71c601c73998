import { MalformedPayload } from '../pdata/malformed.js';
import type { Signal } from '../pdata/signal.js';
import { fieldText, MessageWriter, readFields } from './wire.js';

/** The part of a request that the server took but did not accept. Sending it again does not help. */
export interface PartialSuccess {
  /** How many spans, data points or log records were rejected. */
  readonly rejected: number;
  /** Why, for people; may also carry a warning when nothing was rejected. */
  readonly errorMessage: string;
}

const REJECTED: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};

/** `Export{Trace,Metrics,Logs}ServiceResponse` as protobuf; the three are alike on the wire. */
export function encodeExportResponse(partial?: PartialSuccess): Buffer {
  const writer = new MessageWriter();
  if (partial !== undefined) {
    writer.bytes(1, new MessageWriter().varint(1, partial.rejected).string(2, partial.errorMessage).finish());
  }
  return writer.finish();
}

/**
 * Reads an export response.
 *
 * @returns the partial success, or `undefined` when everything was accepted without remark
 * @throws MalformedPayload when the bytes are not one
 */
export function decodeExportResponse(bytes: Uint8Array): PartialSuccess | undefined {
  let rejected = 0;
  let errorMessage = '';
  for (const field of readFields(bytes)) {
    if (field.number !== 1 || field.type !== 'bytes') continue;
    for (const part of readFields(field.value)) {
      if (part.number === 1 && part.type === 'varint') rejected = part.value;
      else if (part.number === 2 && part.type === 'bytes') errorMessage = fieldText(part.value);
    }
  }
  return remark(rejected, errorMessage);
}

/** An export response as OTLP/JSON. */
export function exportResponseToJson(signal: Signal, partial?: PartialSuccess): string {
  if (partial === undefined) return '{}';
  // 64-bit integers are strings in the JSON of protobuf.
  const rejected = String(partial.rejected);
  return JSON.stringify({
    partialSuccess: { [REJECTED[signal]]: rejected, errorMessage: partial.errorMessage },
  });
}

/**
 * Reads an export response from OTLP/JSON.
 *
 * @returns the partial success, or `undefined` when everything was accepted without remark
 * @throws MalformedPayload when the text is not one
 */
export function exportResponseFromJson(signal: Signal, text: string): PartialSuccess | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new MalformedPayload('the export response is not JSON', { cause: error });
  }
  if (!isObject(parsed)) throw new MalformedPayload('the export response is not a JSON object');
  const partial = parsed['partialSuccess'];
  if (!isObject(partial)) return undefined;
  const rejected = Number(partial[REJECTED[signal]] ?? 0);
  const { errorMessage } = partial;
  return remark(
    Number.isFinite(rejected) ? rejected : 0,
    typeof errorMessage === 'string' ? errorMessage : '',
  );
}

function remark(rejected: number, errorMessage: string): PartialSuccess | undefined {
  return rejected === 0 && errorMessage === '' ? undefined : { rejected, errorMessage };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
