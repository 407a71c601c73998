/** Apart from the fields of schemas, for the command reads durations before it needs a schema. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What a duration looks like. */
export const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d)\s*)+$/;

/** Milliseconds of a duration such as `200ms`, `30s`, `1h 30m`; `undefined` when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit as string] as number);
  }
  return total;
}
