import type { Excerpt, Location } from '../location.js';
import { secretsByShape } from './secret-patterns.js';
import type { SourceText } from './source-text.js';
import type { Stretch } from './stretch.js';

const MASK = '[REDACTED]';
const WIDTH = 120;
const BEFORE_CARET = 80;
const REACH = 4_096;

/**
 * What would let a text play tricks on a terminal: control characters, separators of lines, and marks that
 * turn the direction of writing.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The text, fit for a terminal. Keeps its length. */
function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** A name or a word of the configuration, fit to stand in a message: what looks like a secret is masked. */
export function presentable(text: string): string {
  return mask(text, secretsByShape(text), 0).text;
}

/** A line as it may be shown: secrets masked, long lines cut around the place; and where the caret then stands. */
export function excerptOf(source: SourceText, location: Location): Excerpt | undefined {
  const line = neighbourhood(source, location);
  if (line === undefined) return undefined;
  const raw = source.text.slice(line.start, line.end);
  const hidden = [
    ...secretsByShape(raw),
    ...source.hiddenIn(line).map(({ start, end }) => ({
      start: Math.max(start, line.start) - line.start,
      end: Math.min(end, line.end) - line.start,
    })),
  ];
  return cut(mask(raw, hidden, line.caret));
}

/** Replaces stretches by a mask, and tells where an offset then is. */
function mask(raw: string, hidden: readonly Stretch[], caret: number): Excerpt {
  let text = '';
  let column = caret;
  let from = 0;
  for (const { start, end } of [...hidden].sort((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    if (start >= from) {
      text += raw.slice(from, start);
      if (caret >= start) column = text.length;
      text += MASK;
    }
    if (caret >= end) column = text.length + (caret - end);
    from = end;
  }
  return { text: printable(text + raw.slice(from)), column: column + 1 };
}

/** The line, or of a huge one the part around the place, so that looking for secrets in it stays quick. */
function neighbourhood(source: SourceText, location: Location) {
  const line = source.line(location.line);
  if (line === undefined) return undefined;
  const place = line.start + location.column - 1;
  const start = Math.max(line.start, place - REACH);
  const end = Math.min(line.end, place + REACH);
  return { start, end: Math.max(start, end), caret: place - start };
}

function cut({ text, column }: Excerpt): Excerpt {
  if (text.length <= WIDTH) return { text, column };
  const start = Math.max(0, Math.min(column - 1 - BEFORE_CARET, text.length - WIDTH));
  const end = Math.min(text.length, start + WIDTH);
  const before = start > 0 ? '…' : '';
  const after = end < text.length ? '…' : '';
  return { text: before + text.slice(start, end) + after, column: column - start + before.length };
}
