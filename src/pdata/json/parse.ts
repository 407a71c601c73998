import { MalformedPayload } from '../malformed.js';
import { DECIMAL } from './integers.js';

/** V8 gives the position in some of its messages, at their end. */
const AT_POSITION = / at position (\d+)(?: \(line \d+ column \d+\))?$/;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws MalformedPayload when the bytes are not UTF-8 */
export function decodeText(json: Uint8Array | string): string {
  if (typeof json === 'string') return json;
  try {
    return utf8.decode(json);
  } catch {
    throw new MalformedPayload('malformed OTLP JSON: the text is not UTF-8');
  }
}

/**
 * @throws MalformedPayload when the text is not JSON. V8's own message quotes the text, so only its position is
 * kept.
 */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(error);
  }
}

/**
 * Parses again, for the rare text with integers that a double cannot hold: those become bigints. Several times
 * slower than `parseText`, for it calls back once a value.
 */
export function parseTextExactly(text: string): unknown {
  try {
    return JSON.parse(text, keepExact);
  } catch (error) {
    throw notJson(error);
  }
}

function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return DECIMAL.test(context.source) ? BigInt(context.source) : value;
}

function notJson(error: unknown): MalformedPayload {
  // The call back, unlike plain parsing, runs out of stack on a text that nests without end.
  if (error instanceof RangeError)
    return new MalformedPayload('malformed OTLP JSON: the text nests too deep');
  const position = error instanceof Error ? AT_POSITION.exec(error.message)?.[1] : undefined;
  const where = position === undefined ? '' : ` (at character ${position})`;
  return new MalformedPayload(`malformed OTLP JSON: the text is not JSON${where}`);
}
