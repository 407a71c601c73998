import { expansionProblems, type Problem } from '../messages.js';
import { type Piece, piecesOf } from './pieces.js';

/** What `${file:PATH}` gave. */
export type FileContent = { readonly text: string } | { readonly problem: Problem };

/** Where expansions get their values. */
export interface ExpansionSources {
  readonly env: NodeJS.ProcessEnv;
  /** By the path as it stands in the text. */
  readonly files: ReadonlyMap<string, FileContent>;
}

export interface Expanded {
  readonly text: string;
  /** Whether there was a `${...}`, not only `$$`. */
  readonly expanded: boolean;
  readonly problems: readonly ExpansionProblem[];
}

export interface ExpansionProblem {
  readonly problem: Problem;
  /** The `${...}` as it stands in the text. */
  readonly raw: string;
  /** How many of the same stand before it in the text. */
  readonly earlier: number;
}

/** Expands a value's text, once: what comes out of a variable or a file is never looked at again. */
export function expand(text: string, sources: ExpansionSources): Expanded {
  let result = '';
  let expanded = false;
  const problems: ExpansionProblem[] = [];
  const seen: string[] = [];
  for (const piece of piecesOf(text)) {
    if (piece.kind === 'text') {
      result += piece.text;
      continue;
    }
    expanded = true;
    const value = lookUp(piece, sources);
    if (typeof value === 'string') result += value;
    else {
      const earlier = seen.filter((raw) => raw === piece.raw).length;
      problems.push({ problem: value, raw: piece.raw, earlier });
    }
    seen.push(piece.raw);
  }
  return { text: result, expanded, problems };
}

function lookUp(piece: Exclude<Piece, { kind: 'text' }>, sources: ExpansionSources): string | Problem {
  if (piece.kind === 'wrong') return piece.problem;
  if (piece.kind === 'env') {
    return (
      variable(sources.env, piece.name) ?? piece.fallback ?? expansionProblems.undefinedVariable(piece.name)
    );
  }
  const content = sources.files.get(piece.path);
  if (content === undefined) throw new Error('a file that the text names was not read before expanding it');
  return 'text' in content ? content.text : content.problem;
}

/** A variable of the environment; a plain object given as one may have more on its prototype. */
export function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
