import type { z } from 'zod';
import { quotesHint, typeInWords } from '../in-words.js';
import { suggest } from '../suggest.js';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/** For a value that fits none of several forms, before it is looked at which of them it fits best. */
export const NO_FORM = 'does not have any of the forms that are allowed here';

/**
 * Words for the schema library's own complaints, in the style of this room. They never hold the value. Words
 * that a schema brings along go before these.
 */
export function issueWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(String(issue.expected), issue.input);
    case 'invalid_value':
      return notOneOf(issue.values, issue.input);
    case 'too_small':
      return tooSmall(issue.origin, issue.minimum, issue.inclusive ?? true);
    case 'too_big':
      return tooBig(issue.origin, issue.maximum, issue.inclusive ?? true);
    case 'invalid_format':
      return issue.format === 'regex'
        ? 'does not have the right form'
        : `is not a valid ${formatName(issue.format)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return NO_FORM;
    default:
      return 'is not valid';
  }
}

/** `expected a string, found a number; put it in quotes`. */
export function wrongType(expected: string, input: unknown): string {
  const words = `expected ${typeName(expected)}, found ${typeInWords(input)}`;
  const unquoted = expected === 'string' && (typeof input === 'number' || typeof input === 'boolean');
  if (unquoted) return `${words}; put it in quotes`;
  if (expected === 'boolean') return words + quotesHint('boolean', input);
  return ['number', 'int'].includes(expected) ? words + quotesHint('number', input) : words;
}

/** `expected one of 'a', 'b'; did you mean 'a'?` */
export function notOneOf(values: readonly unknown[], input: unknown): string {
  const words = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  const expected = words.length === 1 ? `expected ${words[0]}` : `expected one of ${words.join(', ')}`;
  if (typeof input !== 'string') return `${expected}, found ${typeInWords(input)}`;
  const meant = suggest(
    input,
    values.filter((value) => typeof value === 'string'),
  );
  return meant === undefined || words.length === 1 ? expected : `${expected}; did you mean '${meant}'?`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'a map',
  record: 'a map',
  map: 'a map',
  null: 'nothing',
  undefined: 'nothing',
  never: 'nothing',
};

/** A type of the schema library in words. */
export function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? `a ${expected}`;
}

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  url: 'URL',
  uri: 'URL',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  uuid: 'UUID',
  email: 'e-mail address',
  datetime: 'date and time',
};

const formatName = (format: string): string => FORMAT_NAMES[format] ?? format.replaceAll('_', ' ');

function tooSmall(origin: string, minimum: number | bigint, inclusive: boolean): string {
  if (isCounted(origin)) {
    const least = Number(minimum) + (inclusive ? 0 : 1);
    return least === 1 ? 'must not be empty' : `must have at least ${least} ${unit(origin, least)}`;
  }
  return inclusive ? `must be ${minimum} or more` : `must be more than ${minimum}`;
}

function tooBig(origin: string, maximum: number | bigint, inclusive: boolean): string {
  if (isCounted(origin)) {
    const most = Number(maximum) - (inclusive ? 0 : 1);
    return `must have at most ${most} ${unit(origin, most)}`;
  }
  return inclusive ? `must be ${maximum} or less` : `must be less than ${maximum}`;
}

const isCounted = (origin: string): boolean =>
  ['string', 'array', 'set', 'map', 'object', 'file'].includes(origin);

function unit(origin: string, count: number): string {
  if (origin === 'string') return count === 1 ? 'character' : 'characters';
  return count === 1 ? 'entry' : 'entries';
}
