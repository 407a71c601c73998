import { type Problem, setProblems } from '../messages.js';

/** A step of the path of `--set`: a key or an index, and where it stands. */
export interface SetStep {
  readonly part: string | number;
  readonly start: number;
  readonly end: number;
}

export type SetPath =
  /** `value`: where the text after `=` begins. */
  | { readonly ok: true; readonly steps: readonly SetStep[]; readonly value: number }
  | { readonly ok: false; readonly problem: Problem; readonly at: number };

const BARE_KEY = /[^.[\]="'\s]+/y;
const INDEX = /\[(\d{1,9})\]/y;
const QUOTED_IN_BRACKETS = /\[(?=["'])/y;

/** Reads `a."b.c"[0]["d"]=` from the start of a `--set`. Offsets are relative to its text. */
export function readSetPath(text: string): SetPath {
  const steps: SetStep[] = [];
  const wrong = (problem: Problem, at: number): SetPath => ({ ok: false, problem, at });
  let at = 0;
  while (text[at] !== '=') {
    const first = steps.length === 0;
    if (at >= text.length) return wrong(setProblems.noValue(), at);
    const index = match(INDEX, text, at);
    if (index !== null && !first) {
      steps.push({ part: Number(index[1]), start: at + 1, end: at + index[0].length - 1 });
      at += index[0].length;
      continue;
    }
    const bracket = first ? null : match(QUOTED_IN_BRACKETS, text, at);
    if (bracket !== null) at += 1;
    else if (!first) {
      if (text[at] !== '.') return wrong(setProblems.badPath(), at);
      at += 1;
    }
    const key = readKey(text, at);
    if ('problem' in key) return wrong(key.problem, at);
    steps.push({ part: key.name, start: at, end: key.end });
    at = key.end;
    if (bracket !== null) {
      if (text[at] !== ']') return wrong(setProblems.badPath(), at);
      at += 1;
    }
  }
  if (steps.length === 0) return wrong(setProblems.badPath(), 0);
  return { ok: true, steps, value: at + 1 };
}

type Key = { readonly name: string; readonly end: number } | { readonly problem: Problem };

function readKey(text: string, at: number): Key {
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    const end = text.indexOf(quote, at + 1);
    return end === -1
      ? { problem: setProblems.unclosedQuote() }
      : { name: text.slice(at + 1, end), end: end + 1 };
  }
  const bare = match(BARE_KEY, text, at);
  return bare === null ? { problem: setProblems.badPath() } : { name: bare[0], end: at + bare[0].length };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
