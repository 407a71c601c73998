import { isFieldName } from './field-name.js';
import type { Stretch } from './stretch.js';

const KEY = /^(?<lead>[\s\-?{[]*)(?<quote>["']?)(?<name>[^\s"':={}[\],#]+)\k<quote>[ \t]*:(?<blank>\s|$)?/;

/** A key with no blank behind its colon may be any text with a colon in it, unless it looks like one of ours. */
const LIKE_OURS = /^[a-z][a-z_]*$/;

/** Lines that have nothing in them to hide. */
const PUNCTUATION = /^[\s{}[\],.-]*$/;

/**
 * What to mask of a text that is not YAML, so that nobody knows what in it is whose value: of each line that
 * begins with a key everything behind it, and all other lines. Lines deeper than a key that has a value on its line
 * belong to that value, whatever they look like.
 *
 * @returns stretches that do not overlap, in order
 */
export function brokenMask(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  let start = 0;
  let deeperThan = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    const end = start + line.trimEnd().length;
    if (!PUNCTUATION.test(line)) {
      if (indent <= deeperThan) deeperThan = Number.POSITIVE_INFINITY;
      const key = indent > deeperThan ? undefined : keyOf(line);
      const from = start + (key?.end ?? indent);
      const value = text.slice(from, end);
      if (value.trim() !== '') {
        found.push({ start: from + value.length - value.trimStart().length, end });
        if (key !== undefined) deeperThan = key.indent;
      }
    }
    start += line.length + 1;
  }
  return found;
}

/** Where the key at the beginning of a line stands, up to its colon. */
function keyOf(line: string): { readonly indent: number; readonly end: number } | undefined {
  const match = KEY.exec(line);
  const { lead = '', name = '', blank } = match?.groups ?? {};
  if (match === null || !(blank === undefined ? LIKE_OURS.test(name) : isFieldName(name))) return undefined;
  return { indent: lead.length, end: match[0].length - (blank?.length ?? 0) };
}
