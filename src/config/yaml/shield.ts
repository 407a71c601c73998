/**
 * Between brackets and braces YAML does not let a value contain `{`, `}`, `[`, `]` or `,`, so `{ port: ${env:PORT} }`
 * is not YAML. While the parser looks, the characters of a `${...}` that would trouble it are replaced by code
 * points that no text contains, one for one, so that all offsets stay.
 */
const TROUBLE = '{}[],';
const STAND_INS = '\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4';

const REFERENCE = /\$\{[^{}\n]*\}/g;
const ANY_TROUBLE = /[{}[\],]/g;
const ANY_STAND_IN = /[\ufdd0-\ufdd4]/g;

/** The text with its `${...}` made opaque to the parser. */
export function shield(text: string): string {
  if (!text.includes('${') || text.search(ANY_STAND_IN) !== -1) return text;
  return text.replace(REFERENCE, (reference) =>
    reference.replace(ANY_TROUBLE, (character) => STAND_INS[TROUBLE.indexOf(character)] as string),
  );
}

/** What a piece of a shielded text was before. */
export function unshield(text: string): string {
  return text.replace(ANY_STAND_IN, (character) => TROUBLE[STAND_INS.indexOf(character)] as string);
}
