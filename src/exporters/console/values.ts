import type { AnyValue, KeyValue } from './otlp-json.js';
import { printable, printableJson, word } from './printable.js';

/** A value as it reads best: text as it is, everything else as JSON. */
export function valueText(value: AnyValue | undefined): string {
  return value?.stringValue === undefined ? printableJson(plain(value)) : printable(value.stringValue);
}

/** `key=value` pairs with a space in between, in the order in which they came. */
export function attributesText(attributes: readonly KeyValue[] | undefined): string {
  return (attributes ?? [])
    .map(({ key = '', value }) => {
      const text = value?.stringValue === undefined ? printableJson(plain(value)) : word(value.stringValue);
      return `${word(key)}=${text}`;
    })
    .join(' ');
}

/** The JSON that a value stands for. Integers beyond 53 bits stay text, so that no digit is lost. */
function plain(value: AnyValue | undefined): unknown {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : value.intValue;
  }
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries(
      (value.kvlistValue.values ?? []).map((pair) => [pair.key ?? '', plain(pair.value)]),
    );
  }
  return null;
}

/** A moment in UTC, to the millisecond or to the nanosecond; `undefined` when it is not known. */
export function timeText(nanos: string | undefined, precise: boolean): string | undefined {
  if (nanos === undefined || nanos === '0') return undefined;
  const value = BigInt(nanos);
  const text = new Date(Number(value / 1_000_000n)).toISOString();
  return precise ? text.replace('Z', `${String(value % 1_000_000n).padStart(6, '0')}Z`) : text;
}

const UNITS = [
  { nanos: 1e9, unit: 's' },
  { nanos: 1e6, unit: 'ms' },
  { nanos: 1e3, unit: 'us' },
];

/** How long something took, such as `184.2 ms`. A negative time is shown as one: clocks differ. */
export function durationText(start: string | undefined, end: string | undefined): string {
  const nanos = Number(BigInt(end ?? 0) - BigInt(start ?? 0));
  const scale = UNITS.find((candidate) => Math.abs(nanos) >= candidate.nanos);
  if (scale === undefined) return `${nanos} ns`;
  return `${Number((nanos / scale.nanos).toFixed(3))} ${scale.unit}`;
}
