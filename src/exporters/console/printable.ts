/**
 * Characters that do something to a terminal or to the order of text instead of showing: controls (C0, DEL and C1,
 * so ESC and CSI too), line and paragraph separators, bidirectional overrides, and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

/** Most text is printable ASCII; seeing that is many times faster than looking for what is not. */
const PLAIN = /^[ -~]*$/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text that came from outside, with nothing in it that a terminal would obey. It fits one line. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, escaped);
}

/** A value as one JSON line, with nothing in it that a terminal would obey. It is still the same JSON. */
export function printableJson(value: unknown): string {
  // Strings are the only place where JSON has such characters, and there an escape means the same.
  return printable(JSON.stringify(value));
}

/** Text as a word of its own: in quotes when it has spaces, quotes or an equals sign in it, or is empty. */
export function word(text: string): string {
  const safe = printable(text);
  return safe === text && /^[^\s"'=\\]+$/.test(text) ? text : printableJson(text);
}
