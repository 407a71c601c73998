/** How lines are dressed: colours, and which characters may be used. Text goes in that is printable already. */
export interface Style {
  readonly unicode: boolean;
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
}

const CODES = { strong: 1, faint: 2, good: 32, warning: 33, bad: 31 };

export function styleOf({ color, unicode }: { readonly color: boolean; readonly unicode: boolean }): Style {
  const sgr = (code: number) => (text: string) =>
    color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    unicode,
    strong: sgr(CODES.strong),
    faint: sgr(CODES.faint),
    good: sgr(CODES.good),
    warning: sgr(CODES.warning),
    bad: sgr(CODES.bad),
  };
}

/** Columns of a line; empty ones leave no gap. */
export function columns(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('  ');
}
