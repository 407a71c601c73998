import type { Stretch } from './stretch.js';

/** `${env:NAME}` and `${file:PATH}` say where a secret is, not what it is. */
const REFERENCE = /^["']?\$\{(?:env:[A-Za-z0-9_]*(?::-(?<fallback>.*))?|file:[^}]*)\}["']?$/ds;

/** What to mask of a value: all of it, or of a `${...}` only the default. */
export function maskOfValue(text: string, { start, end }: Stretch): readonly Stretch[] {
  const match = REFERENCE.exec(text.slice(start, end));
  if (match === null) return [{ start, end }];
  const fallback = match.indices?.groups?.['fallback'];
  if (fallback === undefined || fallback[0] === fallback[1]) return [];
  return [{ start: start + fallback[0], end: start + fallback[1] }];
}
