import { expansionProblems, type Problem } from '../messages.js';

/** A part of a value's text. `raw` is how it stands in the text. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'env';
      readonly raw: string;
      readonly name: string;
      readonly fallback: string | undefined;
    }
  | { readonly kind: 'file'; readonly raw: string; readonly path: string }
  | { readonly kind: 'wrong'; readonly raw: string; readonly problem: Problem };

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Takes a value's text apart. `$$` is a dollar, a dollar before anything but a brace stands for itself. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', from)) {
    const next = text[at + 1];
    if (next !== '$' && next !== '{') {
      pieces.push({ kind: 'text', text: text.slice(from, at + 1) });
      from = at + 1;
      continue;
    }
    if (at > from) pieces.push({ kind: 'text', text: text.slice(from, at) });
    if (next === '$') {
      pieces.push({ kind: 'text', text: '$' });
      from = at + 2;
      continue;
    }
    const close = text.indexOf('}', at);
    if (close === -1) {
      pieces.push({ kind: 'wrong', raw: text.slice(at), problem: expansionProblems.unclosed() });
      return pieces;
    }
    pieces.push(reference(text.slice(at, close + 1)));
    from = close + 1;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}

function reference(raw: string): Piece {
  const inner = raw.slice(2, -1);
  const wrong = (problem: Problem): Piece => ({ kind: 'wrong', raw, problem });
  if (inner.includes('${')) return wrong(expansionProblems.nested());
  const colon = inner.indexOf(':');
  if (colon === -1) return wrong(expansionProblems.bare());
  const rest = inner.slice(colon + 1);
  switch (inner.slice(0, colon)) {
    case 'env': {
      const split = rest.indexOf(':-');
      const name = split === -1 ? rest : rest.slice(0, split);
      if (!VARIABLE_NAME.test(name)) return wrong(expansionProblems.badVariableName());
      return { kind: 'env', raw, name, fallback: split === -1 ? undefined : rest.slice(split + 2) };
    }
    case 'file':
      return rest.trim() === '' ? wrong(expansionProblems.noPath()) : { kind: 'file', raw, path: rest };
    default:
      return wrong(expansionProblems.unknownScheme());
  }
}
