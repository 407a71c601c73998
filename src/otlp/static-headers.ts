import { z } from 'zod';
import { headerNameProblem, headerValueProblem } from '../pdata/header-rules.js';
import { Secret } from '../traits/secret.js';

/** Headers that a client adds to every request: lower-case name -> value. */
export type StaticHeaders = ReadonlyMap<string, Secret>;

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
  if (known.has(name)) return 'stands twice; header names do not know upper and lower case';
  return headerNameProblem(name);
}

function valueProblem(value: string): string | undefined {
  const problem = headerValueProblem(value);
  return problem === undefined ? undefined : `has a value that ${problem}`;
}
