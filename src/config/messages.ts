import type { DiagnosticCode } from './codes.js';
import { presentable } from './text/excerpt.js';
import { isFieldName } from './text/field-name.js';

/** What is wrong, before it is known where. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
}

const LONGEST_NAME = 80;
const MOST_NAMES = 12;

/** A name from the configuration, fit to stand in a message. */
export function quoted(name: string): string {
  const shown = presentable(name.slice(0, 10 * LONGEST_NAME));
  return `'${shown.length > LONGEST_NAME ? `${shown.slice(0, LONGEST_NAME)}…` : shown}'`;
}

/** A key, unless it may be a value that only stands where a key should. */
export function quotedField(name: string, otherwise: string): string {
  return isFieldName(name.replace(/(?:\[\d+\])+$/, '')) ? quoted(name) : otherwise;
}

const UNNAMED = 'like this';
const keyNamed = (name: string): string => (isFieldName(name) ? `the key ${quoted(name)}` : 'this key');

const list = (names: readonly string[]): string => names.map(quoted).join(', ');
const hinted = (text: string, hint: string | undefined): string =>
  hint === undefined ? text : `${text}; ${hint}`;
const problem = (code: DiagnosticCode, message: string): Problem => ({ code, message });

/** `did you mean 'x'?`, or what there is, or nothing when there is nothing. */
function choice(meant: string | undefined, known: readonly string[]): string | undefined {
  if (meant !== undefined) return `did you mean ${quoted(meant)}?`;
  if (known.length === 0) return undefined;
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : '';
  return `there ${known.length === 1 ? 'is' : 'are'} ${list(known.slice(0, MOST_NAMES))}${more}`;
}

/** All wording of this room: where a configuration comes from. */
export const sourceProblems = {
  none: () => problem('no_source', 'no configuration was given; name one with --config'),
  unknownScheme: (scheme: string) =>
    problem(
      'unknown_source',
      `configuration cannot be read from ${quoted(`${scheme}:`)}; there are file:PATH, env:NAME, yaml:TEXT, http://, https:// and a bare path`,
    ),
  badUrl: () => problem('unknown_source', 'this is not a URL; write it like https://host/path'),
  fileNotFound: (path: string) => problem('file_not_found', `there is no file ${quoted(path)}`),
  fileUnreadable: (path: string, reason: string) =>
    problem('file_unreadable', `the file ${quoted(path)} cannot be read: ${reason}`),
  pipeAgain: (path: string) =>
    problem(
      'file_unreadable',
      `${quoted(path)} is a pipe, which gives its text once: it cannot be read again; use a file, or restart`,
    ),
  notUtf8: (what: string) => problem('file_unreadable', `${what} is not UTF-8 text`),
  tooLarge: (what: string, limit: string) => problem('too_large', `${what} is larger than ${limit}`),
  variableNotSet: (name: string) =>
    problem('undefined_variable', `the environment variable ${quoted(name)} is not set`),
  fetchStatus: (status: number) =>
    problem('fetch_failed', `the configuration could not be fetched: the server answered ${status}`),
  fetchTimeout: (ms: number) =>
    problem(
      'fetch_failed',
      `the configuration could not be fetched: no complete answer within ${ms / 1000} s`,
    ),
  fetchFailed: (reason: string) =>
    problem('fetch_failed', `the configuration could not be fetched: ${reason}`),
};

/** The text as YAML. */
export const yamlProblems = {
  syntax: (what: string) => problem('yaml_syntax', `this is not YAML: ${what}`),
  tag: () =>
    problem(
      'yaml_tag',
      'this tag is not known; only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are',
    ),
  multipleDocuments: () =>
    problem('multiple_documents', 'a second document begins here; a configuration is one document'),
  empty: () => problem('empty_config', 'there is no configuration in it'),
  duplicateKey: (name: string, line: number) =>
    problem('duplicate_key', `${keyNamed(name)} stands twice in this map, first in line ${line}`),
  keyNotString: () => problem('invalid_key', 'a key must be a string; put it in quotes'),
  keyNotScalar: () => problem('invalid_key', 'a key must be a string, not a map, a list or an alias'),
  keyForbidden: (name: string) => problem('invalid_key', `${quoted(name)} cannot be a key`),
  mergeKey: () =>
    problem(
      'invalid_key',
      "'<<' does not merge maps in YAML 1.2; use an alias for a whole value, or several --config",
    ),
  unknownAlias: () => problem('invalid_alias', 'no anchor of this name stands before this alias'),
  cyclicAlias: () => problem('invalid_alias', 'this alias stands inside of what it repeats'),
  tooManyAliases: (limit: number) =>
    problem('too_large', `the aliases up to here repeat more than ${limit} values`),
  tooDeep: (limit: number) => problem('too_deep', `values are nested deeper than ${limit} levels`),
};

/** `${...}` in values. */
export const expansionProblems = {
  undefinedVariable: (name: string) =>
    problem(
      'undefined_variable',
      `the environment variable ${quoted(name)} is not set; set it, or write \${env:${name}:-default}`,
    ),
  bare: () =>
    problem(
      'invalid_expansion',
      `this names no source; write \${env:NAME}, or $\${NAME} for the text itself`,
    ),
  unknownScheme: () =>
    problem(
      'invalid_expansion',
      `this source is not known; write \${env:NAME} or \${file:PATH}, or $\${ for the text itself`,
    ),
  unclosed: () =>
    problem('invalid_expansion', `'\${' is never closed; add '}', or write $\${ for the text itself`),
  nested: () => problem('invalid_expansion', `\${...} cannot stand inside of another one`),
  badVariableName: () =>
    problem(
      'invalid_expansion',
      `this is not the name of a variable; write \${env:NAME} or \${env:NAME:-default}`,
    ),
  noPath: () => problem('invalid_expansion', `this names no file; write \${file:PATH}`),
};

/** `--set`. */
export const setProblems = {
  noValue: () => problem('invalid_set', "there is no '=' here; write --set PATH=VALUE"),
  badPath: () =>
    problem(
      'invalid_set',
      'this is not a path; write it like a.b[0]."c.d", keys with other characters in quotes',
    ),
  unclosedQuote: () => problem('invalid_set', 'this quote is never closed'),
  needsIndex: () => problem('invalid_set', 'this would set a field of a list; write its index like [0]'),
  notAList: (found: string) => problem('invalid_set', `this index needs a list, found ${found}`),
  outOfRange: (length: number) =>
    problem('invalid_set', `this index is out of range; the list has ${length}, write [${length}] to append`),
};

/** What does here what a field of the reference engine does there. */
const INSTEAD: Readonly<Record<string, string>> = {
  header_capture: "write include_headers in the receiver's config",
  header_propagation: 'bind an extension:headers_setter as http_client_middleware',
  rate_limiters: "bind a rate_limiter under 'capabilities:'",
};

/** The model: which fields there are and what can stand in them. */
export const structureProblems = {
  wrongType: (name: string, expected: string, found: string) =>
    problem('invalid_value', `${quoted(name)}: expected ${expected}, found ${found}`),
  rootType: (found: string) => problem('invalid_value', `the configuration must be a map, found ${found}`),
  empty: (name: string) => problem('invalid_value', `${quoted(name)} must not be empty`),
  notOneOf: (name: string, allowed: readonly string[], meant: string | undefined) =>
    problem(
      'invalid_value',
      hinted(
        `${quoted(name)}: expected ${allowed.length === 1 ? quoted(allowed[0] as string) : `one of ${list(allowed)}`}`,
        meant === undefined ? undefined : `did you mean ${quoted(meant)}?`,
      ),
    ),
  notPositive: (name: string) =>
    problem('invalid_value', `${quoted(name)} must be a whole number above zero`),
  missing: (name: string, where: string) =>
    problem('missing_field', `the field ${quoted(name)} is missing in ${where}`),
  /** @param name `undefined` when it may be a value that only stands where a key should */
  unknown: (name: string | undefined, where: string, meant: string | undefined, known: readonly string[]) =>
    problem(
      'unknown_field',
      hinted(
        `${where} has no field ${name === undefined ? UNNAMED : quotedField(name, UNNAMED)}`,
        choice(meant, known),
      ),
    ),
  version: (expected: string) =>
    problem('unsupported_version', `this version of the model is not known; write version: ${expected}`),
  badId: (kind: string) =>
    problem(
      'invalid_id',
      `the name of ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} must not be empty, nor have brackets, quotes or spaces at its ends`,
    ),
  badUrn: (shown: string | undefined, hint: string) =>
    problem('invalid_urn', `${shown === undefined ? 'this' : quoted(shown)} is not a type; ${hint}`),
  misplacedExtension: (id: string) =>
    problem(
      'misplaced_component',
      `${quoted(id)} is an extension; move it to 'extensions:' of the pipeline, the group or the engine`,
    ),
  misplacedNode: (id: string, kind: string) =>
    problem(
      'misplaced_component',
      `${quoted(id)} is ${kind === 'exporter' ? 'an' : 'a'} ${kind}; move it to 'nodes:' of the pipeline`,
    ),
  notDuration: (name: string) =>
    problem('invalid_value', `${quoted(name)} must be a duration above zero, such as 30s`),
  coreCount: (most: number) =>
    problem(
      'invalid_value',
      `'count' must be a whole number from 1 to ${most}; for one instance on each core write type: all_cores`,
    ),
  coreNumber: (name: string, most: number) =>
    problem('invalid_value', `${quoted(name)} must be the number of a core, a whole one from 0 to ${most}`),
  reversedCores: () =>
    problem('invalid_value', "'end' is included in the range, so it must not be below 'start'"),
  coresTwice: () =>
    problem('invalid_value', 'this range has cores of an earlier one; name each core in one range only'),
  /** A field of `core_allocation` with another type than its own. */
  otherAllocation: (name: string, type: string) =>
    problem('invalid_value', `${quoted(name)} is only for type: ${type}; write that, or take it away`),
  initialBackoffOverMax: () =>
    problem(
      'invalid_value',
      "'initial_backoff' must not be longer than 'max_backoff', which is 30s unless given",
    ),
  maxBackoffUnderInitial: () =>
    problem(
      'invalid_value',
      "'max_backoff' must not be shorter than 'initial_backoff', which is 250ms unless given",
    ),
  badSelector: () =>
    problem(
      'invalid_value',
      'this is not the end of a connection; write NODE, or NODE["OUTPUT"] to name an output',
    ),
  selectorInTarget: () => problem('invalid_value', "'to' names nodes; only 'from' can name an output"),
  duplicateOutput: (name: string | undefined) =>
    problem(
      'invalid_value',
      `the output ${name === undefined ? 'named here' : quoted(name)} is declared twice`,
    ),
  unknownDefaultOutput: (outputs: readonly string[], meant: string | undefined) =>
    problem(
      'invalid_value',
      hinted("'default_output' must be one of the node's outputs", choice(meant, outputs)),
    ),
  noEffect: (name: string) =>
    problem(
      'no_effect',
      hinted(
        `${quoted(name)} is accepted for files of the reference engine and has no effect here`,
        INSTEAD[name],
      ),
    ),
  noPipelines: () => problem('no_pipelines', 'there is no pipeline here, so there is nothing to run'),
};

/** The `config` of a component. */
export const componentProblems = {
  unknown: (name: string | undefined, where: string, meant: string | undefined, known: readonly string[]) =>
    structureProblems.unknown(name, where, meant, known),
  missing: (name: string, where: string) => structureProblems.missing(name, where),
  invalid: (name: string, words: string) =>
    problem('invalid_value', said(quotedField(name, 'this value'), words)),
  invalidKey: (name: string, words: string) => problem('invalid_value', said(keyNamed(name), words)),
  schemaFailed: (type: string, error: string) =>
    problem(
      'schema_failed',
      `the check of this configuration by ${type} threw ${error}; this is a bug of that component`,
    ),
};

/** Words of a schema that go on after the name of the field. */
const SENTENCE = /^(?:is|are|has|have|must|may|can|cannot|needs?|should|does|do) /;
const said = (what: string, words: string): string =>
  SENTENCE.test(words) ? `${what} ${words}` : `${what}: ${words}`;
