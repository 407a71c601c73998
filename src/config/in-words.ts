import type { Tree } from './tree.js';

/** What a value is, in words for a message: `a list`, `a number`. */
export function inWords(tree: Tree): string {
  if (tree.kind === 'map') return 'a map';
  if (tree.kind === 'list') return 'a list';
  return tree.kind === 'failed' ? 'nothing' : typeInWords(tree.value);
}

/** The same of a plain value. */
export function typeInWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'a map';
    default:
      return `a ${typeof value}`;
  }
}

/** What is said after such words of a text that would be the right thing without its quotes; often nothing. */
export function quotesHint(expected: 'boolean' | 'number', value: unknown): string {
  if (typeof value !== 'string') return '';
  const meant =
    expected === 'boolean'
      ? /^(?:true|false)$/.test(value)
      : /^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(value);
  return meant ? '; take off the quotes' : '';
}
