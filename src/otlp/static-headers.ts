import { z } from 'zod';
import { Secret } from '../traits/secret.js';

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Headers that a client adds to every request: lower-case name -> value. */
export type StaticHeaders = ReadonlyMap<string, Secret>;

/** Headers of one connection, which no message may carry through HTTP/2, and those that frame a message. */
const FRAMING = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * A map of header names to values, the values secret: people put keys there. Refuses names and values that cannot
 * be sent, and names that the protocol sets itself.
 *
 * @param refuses why this protocol does not take a (lower-case) name; `undefined` when it does
 */
export function staticHeaders(refuses: (name: string) => string | undefined) {
  return z.record(z.string(), z.string()).transform((input, ctx): StaticHeaders => {
    const headers = new Map<string, Secret>();
    for (const [written, value] of Object.entries(input)) {
      const name = written.toLowerCase();
      const problem = nameProblem(name, headers) ?? refuses(name) ?? valueProblem(value);
      // The message never shows the value: it may be a key with a stray line break.
      if (problem === undefined) headers.set(name, new Secret(value));
      else ctx.addIssue({ code: 'custom', message: problem, path: [written] });
    }
    return headers;
  });
}

function nameProblem(name: string, known: StaticHeaders): string | undefined {
  if (!NAME.test(name)) return 'is not a header name; use letters, digits and "-"';
  if (FRAMING.includes(name)) return 'is set by the exporter itself and cannot be configured';
  if (known.has(name)) return 'stands twice; header names do not know upper and lower case';
  return undefined;
}

function valueProblem(value: string): string | undefined {
  return VALUE.test(value)
    ? undefined
    : 'has a value that cannot be sent; use visible ASCII, with spaces inside only';
}
