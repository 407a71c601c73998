import { z } from 'zod';
import { Secret } from '../traits/secret.js';
import { DURATION, parseDuration } from './duration.js';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const BYTE_SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i;

/** The same for JSON Schema, whose patterns have no flags. */
const BYTE_SIZE_PATTERN = '^\\s*\\d+(?:\\.\\d+)?\\s*(?:[KkMmGgTt]?[Ii]?[Bb])?\\s*$';

const NOT_A_DURATION = 'is not a duration; write it like 200ms, 30s, 5m or 24h';
const NOT_A_SIZE = 'is not a size; write it like 512, 64KiB, 4MiB or 10GB';
const NOT_AN_ADDRESS = 'is not an address; write it like 127.0.0.1:4317 or [::1]:4317';
const NOT_POSITIVE = 'must be larger than zero';

const above = (message: string, { positive = false }: { readonly positive?: boolean }): string =>
  positive ? message.replace(';', ' above zero;') : message;

/** Bytes of a size such as `4MiB`, `10GB`, `512`; `undefined` when it is not one. */
export function parseByteSize(text: string): number | undefined {
  const match = BYTE_SIZE.exec(text.trim());
  if (match === null) return undefined;
  const factor = UNIT_BYTES[(match[2] ?? 'b').toLowerCase()];
  return factor === undefined ? undefined : Math.floor(Number(match[1]) * factor);
}

/**
 * A duration; its value is in milliseconds. Give a default with `.prefault('30s')`. The title of this field and of
 * those below is what JSON Schemas and tables of fields call its type; `patternErrorMessage` is a keyword of editors.
 */
export function duration(limits: { readonly positive?: boolean } = {}) {
  const pattern = limits.positive === true ? `^(?=.*[1-9])${DURATION.source.slice(1)}` : DURATION.source;
  return z
    .string()
    .meta({ title: 'duration', pattern, patternErrorMessage: above(NOT_A_DURATION, limits) })
    .transform((text, ctx) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        ctx.addIssue({ code: 'custom', message: NOT_A_DURATION });
        return z.NEVER;
      }
      if (limits.positive === true && ms <= 0) {
        ctx.addIssue({ code: 'custom', message: 'must be longer than zero' });
        return z.NEVER;
      }
      return ms;
    });
}

/** A size; its value is in bytes. A bare number counts as bytes. */
export function byteSize(limits: { readonly positive?: boolean } = {}) {
  const positive = limits.positive === true;
  const pattern = positive ? `^(?=.*[1-9])${BYTE_SIZE_PATTERN.slice(1)}` : BYTE_SIZE_PATTERN;
  const number = z.number().int();
  return z
    .union([
      z.string().meta({ pattern, patternErrorMessage: above(NOT_A_SIZE, limits) }),
      positive ? number.positive(NOT_POSITIVE) : number.nonnegative(),
    ])
    .meta({ title: 'size' })
    .transform((input, ctx) => {
      const bytes = typeof input === 'number' ? input : parseByteSize(input);
      if (bytes === undefined) {
        ctx.addIssue({ code: 'custom', message: NOT_A_SIZE });
        return z.NEVER;
      }
      if (positive && bytes <= 0) {
        ctx.addIssue({ code: 'custom', message: NOT_POSITIVE });
        return z.NEVER;
      }
      return bytes;
    });
}

/**
 * A value that must never be shown; its value is a `Secret`. It is masked wherever a line of the configuration
 * is shown, whatever the field is called.
 */
export function secret() {
  return z
    .string()
    .min(1, 'must not be empty')
    .meta({ title: 'secret', writeOnly: true })
    .transform((value) => new Secret(value));
}

const PORT = '[0-5]\\d{4}|\\d{1,4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]';
const SOCKET_ADDRESS = new RegExp(`^(?:\\[([0-9a-fA-F:.]+)\\]|([^:[\\]\\s]+)):(${PORT})$`);

/** Where a server listens. */
export interface SocketAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** A listening address such as `127.0.0.1:4317`, `[::1]:4317` or `localhost:0`. */
export function socketAddress() {
  return z
    .string()
    .meta({ title: 'address', pattern: SOCKET_ADDRESS.source, patternErrorMessage: NOT_AN_ADDRESS })
    .transform((text, ctx): SocketAddress => {
      const match = SOCKET_ADDRESS.exec(text);
      if (match === null) {
        ctx.addIssue({
          code: 'custom',
          message: NOT_AN_ADDRESS,
        });
        return z.NEVER;
      }
      return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) };
    });
}
