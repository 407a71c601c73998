import type { z } from 'zod';
import { typeInWords } from '../in-words.js';
import { notOneOf, typeName } from './issue-words.js';

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

/** What a value that fits none of several forms is best told. */
export type UnionAdvice =
  /** It is nearly one of the forms: what that one complains about. */
  | { readonly kind: 'issues'; readonly issues: readonly Issue[] }
  | { readonly kind: 'words'; readonly words: string };

/**
 * Of the forms that have the type of the value, the one with the fewest complaints is taken as meant. When
 * none has, all the types are named.
 */
export function adviseOnUnion(issue: UnionIssue, input: unknown): UnionAdvice {
  if ('options' in issue && Array.isArray(issue.options) && issue.errors.length === 0) {
    return { kind: 'words', words: notOneOf(issue.options, input) };
  }
  const sameType = issue.errors.filter((branch) => !branch.some(isWrongType));
  const [nearest] = [...sameType].sort((a, b) => complaints(a) - complaints(b) || depth(b) - depth(a));
  if (nearest !== undefined) {
    const issues = nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    return { kind: 'issues', issues };
  }
  const types = [
    ...new Set(
      issue.errors
        .flat()
        .filter(isWrongType)
        .map((wrong) => typeName(wrong.expected)),
    ),
  ];
  return { kind: 'words', words: `expected ${types.join(' or ')}, found ${typeInWords(input)}` };
}

function isWrongType(issue: Issue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

/** How many things are wrong; fields that are not known come in one issue. */
const complaints = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(({ path }) => path.length));
