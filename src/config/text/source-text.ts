import type { Location } from '../location.js';
import type { Stretch } from './stretch.js';

/** A stretch of a configuration text, as offsets into it. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
}

/** One text that a configuration was read from: a file, a variable, an inline text. */
export class SourceText {
  /** As it is shown to people: the path as the user gave it, or `<env:NAME>`, `<yaml>`, `<set>`. */
  readonly name: string;
  readonly text: string;
  /** What relative paths in the text are relative to. */
  readonly directory: string;
  /** Stretches that must not be shown, as offsets. */
  readonly hidden: Stretch[] = [];
  readonly #masks: (() => readonly Stretch[])[] = [];
  readonly #lineStarts: readonly number[];

  constructor(name: string, text: string, directory: string) {
    this.name = name;
    this.text = text;
    this.directory = directory;
    this.#lineStarts = startsOfLines(text);
  }

  span(start: number, end: number): Span {
    return { source: this, start, end };
  }

  /**
   * Adds stretches that must not be shown, which are looked for when a line is shown for the first time.
   *
   * @param mask its stretches do not overlap and are in order
   */
  hideLater(mask: () => readonly Stretch[]): void {
    let found: readonly Stretch[] | undefined;
    this.#masks.push(() => {
      found ??= mask();
      return found;
    });
  }

  /** What must not be shown of a part of the text, as offsets into the whole. */
  hiddenIn(part: Stretch): readonly Stretch[] {
    const touches = ({ start, end }: Stretch) => start < part.end && end > part.start;
    const found = this.hidden.filter(touches);
    for (const mask of this.#masks) {
      const stretches = mask();
      for (let index = firstBehind(stretches, part.start); index < stretches.length; index++) {
        const stretch = stretches[index] as Stretch;
        if (!touches(stretch)) break;
        found.push(stretch);
      }
    }
    return found;
  }

  /** The place of a character. */
  locate(offset: number): Location {
    const line = this.#lineAt(offset);
    return { file: this.name, line, column: offset - (this.#lineStarts[line - 1] as number) + 1 };
  }

  /** A line without its line break, as offsets; `undefined` when there is no such line. */
  line(number: number): { readonly start: number; readonly end: number } | undefined {
    const start = this.#lineStarts[number - 1];
    if (start === undefined) return undefined;
    const next = this.#lineStarts[number];
    let end = next === undefined ? this.text.length : next - 1;
    if (end > start && this.text[end - 1] === '\r') end -= 1;
    return { start, end };
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}

/** The index of the first stretch that ends behind an offset. */
function firstBehind(stretches: readonly Stretch[], offset: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle] as Stretch).end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
