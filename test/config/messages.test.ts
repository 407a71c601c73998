// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { codes } from '../../src/config/codes.js';
import { issueWords } from '../../src/config/component/issue-words.js';
import {
  componentProblems,
  expansionProblems,
  type Problem,
  quoted,
  setProblems,
  sourceProblems,
  structureProblems,
  yamlProblems,
} from '../../src/config/messages.js';

/** Every message with the words that it must have; a `Record` so that none is left out. */
type Wording<Group> = {
  readonly [Name in keyof Group]: readonly [given: Problem, code: string, message: string];
};

const source: Wording<typeof sourceProblems> = {
  none: [sourceProblems.none(), 'no_source', 'no configuration was given; name one with --config'],
  unknownScheme: [
    sourceProblems.unknownScheme('s3'),
    'unknown_source',
    "configuration cannot be read from 's3:'; there are file:PATH, env:NAME, yaml:TEXT, http://, https:// and a bare path",
  ],
  badUrl: [sourceProblems.badUrl(), 'unknown_source', 'this is not a URL; write it like https://host/path'],
  fileNotFound: [sourceProblems.fileNotFound('a.yaml'), 'file_not_found', "there is no file 'a.yaml'"],
  fileUnreadable: [
    sourceProblems.fileUnreadable('a.yaml', 'permission denied'),
    'file_unreadable',
    "the file 'a.yaml' cannot be read: permission denied",
  ],
  pipeAgain: [
    sourceProblems.pipeAgain('/dev/fd/63'),
    'file_unreadable',
    "'/dev/fd/63' is a pipe, which gives its text once: it cannot be read again; use a file, or restart",
  ],
  notUtf8: [sourceProblems.notUtf8("the file 'a'"), 'file_unreadable', "the file 'a' is not UTF-8 text"],
  tooLarge: [
    sourceProblems.tooLarge("the file 'a'", '1 MiB'),
    'too_large',
    "the file 'a' is larger than 1 MiB",
  ],
  variableNotSet: [
    sourceProblems.variableNotSet('CONFIG'),
    'undefined_variable',
    "the environment variable 'CONFIG' is not set",
  ],
  fetchStatus: [
    sourceProblems.fetchStatus(404),
    'fetch_failed',
    'the configuration could not be fetched: the server answered 404',
  ],
  fetchTimeout: [
    sourceProblems.fetchTimeout(10_000),
    'fetch_failed',
    'the configuration could not be fetched: no complete answer within 10 s',
  ],
  fetchFailed: [
    sourceProblems.fetchFailed('connection refused'),
    'fetch_failed',
    'the configuration could not be fetched: connection refused',
  ],
};

const yaml: Wording<typeof yamlProblems> = {
  syntax: [yamlProblems.syntax('x'), 'yaml_syntax', 'this is not YAML: x'],
  tag: [
    yamlProblems.tag(),
    'yaml_tag',
    'this tag is not known; only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are',
  ],
  multipleDocuments: [
    yamlProblems.multipleDocuments(),
    'multiple_documents',
    'a second document begins here; a configuration is one document',
  ],
  empty: [yamlProblems.empty(), 'empty_config', 'there is no configuration in it'],
  duplicateKey: [
    yamlProblems.duplicateKey('a', 3),
    'duplicate_key',
    "the key 'a' stands twice in this map, first in line 3",
  ],
  keyNotString: [yamlProblems.keyNotString(), 'invalid_key', 'a key must be a string; put it in quotes'],
  keyNotScalar: [
    yamlProblems.keyNotScalar(),
    'invalid_key',
    'a key must be a string, not a map, a list or an alias',
  ],
  keyForbidden: [yamlProblems.keyForbidden('__proto__'), 'invalid_key', "'__proto__' cannot be a key"],
  mergeKey: [
    yamlProblems.mergeKey(),
    'invalid_key',
    "'<<' does not merge maps in YAML 1.2; use an alias for a whole value, or several --config",
  ],
  unknownAlias: [
    yamlProblems.unknownAlias(),
    'invalid_alias',
    'no anchor of this name stands before this alias',
  ],
  cyclicAlias: [yamlProblems.cyclicAlias(), 'invalid_alias', 'this alias stands inside of what it repeats'],
  tooManyAliases: [
    yamlProblems.tooManyAliases(5),
    'too_large',
    'the aliases up to here repeat more than 5 values',
  ],
  tooDeep: [yamlProblems.tooDeep(5), 'too_deep', 'values are nested deeper than 5 levels'],
};

const expansion: Wording<typeof expansionProblems> = {
  undefinedVariable: [
    expansionProblems.undefinedVariable('A'),
    'undefined_variable',
    "the environment variable 'A' is not set; set it, or write ${env:A:-default}",
  ],
  bare: [
    expansionProblems.bare(),
    'invalid_expansion',
    'this names no source; write ${env:NAME}, or $${NAME} for the text itself',
  ],
  unknownScheme: [
    expansionProblems.unknownScheme(),
    'invalid_expansion',
    'this source is not known; write ${env:NAME} or ${file:PATH}, or $${ for the text itself',
  ],
  unclosed: [
    expansionProblems.unclosed(),
    'invalid_expansion',
    "'${' is never closed; add '}', or write $${ for the text itself",
  ],
  nested: [expansionProblems.nested(), 'invalid_expansion', '${...} cannot stand inside of another one'],
  badVariableName: [
    expansionProblems.badVariableName(),
    'invalid_expansion',
    'this is not the name of a variable; write ${env:NAME} or ${env:NAME:-default}',
  ],
  noPath: [expansionProblems.noPath(), 'invalid_expansion', 'this names no file; write ${file:PATH}'],
};

const set: Wording<typeof setProblems> = {
  noValue: [setProblems.noValue(), 'invalid_set', "there is no '=' here; write --set PATH=VALUE"],
  badPath: [
    setProblems.badPath(),
    'invalid_set',
    'this is not a path; write it like a.b[0]."c.d", keys with other characters in quotes',
  ],
  unclosedQuote: [setProblems.unclosedQuote(), 'invalid_set', 'this quote is never closed'],
  needsIndex: [
    setProblems.needsIndex(),
    'invalid_set',
    'this would set a field of a list; write its index like [0]',
  ],
  notAList: [setProblems.notAList('a map'), 'invalid_set', 'this index needs a list, found a map'],
  outOfRange: [
    setProblems.outOfRange(2),
    'invalid_set',
    'this index is out of range; the list has 2, write [2] to append',
  ],
};

const structure: Wording<typeof structureProblems> = {
  wrongType: [
    structureProblems.wrongType('a', 'a map', 'a list'),
    'invalid_value',
    "'a': expected a map, found a list",
  ],
  rootType: [
    structureProblems.rootType('a list'),
    'invalid_value',
    'the configuration must be a map, found a list',
  ],
  empty: [structureProblems.empty('a'), 'invalid_value', "'a' must not be empty"],
  notOneOf: [
    structureProblems.notOneOf('a', ['b', 'c'], 'b'),
    'invalid_value',
    "'a': expected one of 'b', 'c'; did you mean 'b'?",
  ],
  notPositive: [structureProblems.notPositive('a'), 'invalid_value', "'a' must be a whole number above zero"],
  missing: [
    structureProblems.missing('a', "node 'b'"),
    'missing_field',
    "the field 'a' is missing in node 'b'",
  ],
  unknown: [
    structureProblems.unknown('a', "node 'b'", undefined, [...'cdefghijklmnop']),
    'unknown_field',
    "node 'b' has no field 'a'; there are 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n' and 2 more",
  ],
  version: [
    structureProblems.version('v1'),
    'unsupported_version',
    'this version of the model is not known; write version: v1',
  ],
  badId: [
    structureProblems.badId('node'),
    'invalid_id',
    'the name of a node must not be empty, nor have brackets, quotes or spaces at its ends',
  ],
  badUrn: [structureProblems.badUrn('a', 'write b'), 'invalid_urn', "'a' is not a type; write b"],
  misplacedExtension: [
    structureProblems.misplacedExtension('a'),
    'misplaced_component',
    "'a' is an extension; move it to 'extensions:' of the pipeline, the group or the engine",
  ],
  misplacedNode: [
    structureProblems.misplacedNode('a', 'processor'),
    'misplaced_component',
    "'a' is a processor; move it to 'nodes:' of the pipeline",
  ],
  notDuration: [
    structureProblems.notDuration('a'),
    'invalid_value',
    "'a' must be a duration above zero, such as 30s",
  ],
  coreCount: [
    structureProblems.coreCount(8),
    'invalid_value',
    "'count' must be a whole number from 1 to 8; for one instance on each core write type: all_cores",
  ],
  coreNumber: [
    structureProblems.coreNumber('end', 7),
    'invalid_value',
    "'end' must be the number of a core, a whole one from 0 to 7",
  ],
  reversedCores: [
    structureProblems.reversedCores(),
    'invalid_value',
    "'end' is included in the range, so it must not be below 'start'",
  ],
  coresTwice: [
    structureProblems.coresTwice(),
    'invalid_value',
    'this range has cores of an earlier one; name each core in one range only',
  ],
  otherAllocation: [
    structureProblems.otherAllocation('count', 'core_count'),
    'invalid_value',
    "'count' is only for type: core_count; write that, or take it away",
  ],
  initialBackoffOverMax: [
    structureProblems.initialBackoffOverMax(),
    'invalid_value',
    "'initial_backoff' must not be longer than 'max_backoff', which is 30s unless given",
  ],
  maxBackoffUnderInitial: [
    structureProblems.maxBackoffUnderInitial(),
    'invalid_value',
    "'max_backoff' must not be shorter than 'initial_backoff', which is 250ms unless given",
  ],
  badSelector: [
    structureProblems.badSelector(),
    'invalid_value',
    'this is not the end of a connection; write NODE, or NODE["OUTPUT"] to name an output',
  ],
  selectorInTarget: [
    structureProblems.selectorInTarget(),
    'invalid_value',
    "'to' names nodes; only 'from' can name an output",
  ],
  duplicateOutput: [
    structureProblems.duplicateOutput('a'),
    'invalid_value',
    "the output 'a' is declared twice",
  ],
  unknownDefaultOutput: [
    structureProblems.unknownDefaultOutput(['a', 'b'], undefined),
    'invalid_value',
    "'default_output' must be one of the node's outputs; there are 'a', 'b'",
  ],
  noEffect: [
    structureProblems.noEffect('a'),
    'no_effect',
    "'a' is accepted for files of the reference engine and has no effect here",
  ],
  noPipelines: [
    structureProblems.noPipelines(),
    'no_pipelines',
    'there is no pipeline here, so there is nothing to run',
  ],
};

const component: Wording<typeof componentProblems> = {
  unknown: [
    componentProblems.unknown('a', "'b'", 'c', ['c']),
    'unknown_field',
    "'b' has no field 'a'; did you mean 'c'?",
  ],
  missing: [componentProblems.missing('a', "'b'"), 'missing_field', "the field 'a' is missing in 'b'"],
  invalid: [componentProblems.invalid('a', 'is wrong'), 'invalid_value', "'a' is wrong"],
  invalidKey: [componentProblems.invalidKey('a', 'Wrong'), 'invalid_value', "the key 'a': Wrong"],
  schemaFailed: [
    componentProblems.schemaFailed('receiver:x', 'TypeError'),
    'schema_failed',
    'the check of this configuration by receiver:x threw TypeError; this is a bug of that component',
  ],
};

describe('a message', () => {
  it.each(Object.entries({ ...source, ...yaml, ...expansion, ...set, ...structure, ...component }))(
    'has the words of %s',
    (_, [given, code, message]) => expect(given).toEqual({ code, message }),
  );

  it('quotes names so that they cannot be mistaken for anything else', () => {
    expect(quoted('a\u001b[31m')).toBe("'a\ufffd[31m'");
    expect(quoted('x'.repeat(100))).toBe(`'${'x'.repeat(80)}…'`);
    expect(quoted('https://me:hunter2@host')).toBe("'https://[REDACTED]@host'");
  });

  it('does not quote a key that may be a value in the wrong place', () => {
    expect(structureProblems.unknown(undefined, "'config'", undefined, ['a']).message).toBe(
      "'config' has no field like this; there is 'a'",
    );
    for (const key of ['token:hunter2', 'token=hunter2', 'token hunter2', 'x'.repeat(41)]) {
      const told = [
        componentProblems.unknown(key, "'config'", undefined, []),
        componentProblems.invalid(key, 'is wrong'),
        componentProblems.invalidKey(key, 'is wrong'),
        yamlProblems.duplicateKey(key, 3),
      ];
      expect(told.map(({ message }) => message)).toEqual([
        "'config' has no field like this",
        'this value is wrong',
        'this key is wrong',
        'this key stands twice in this map, first in line 3',
      ]);
    }
  });

  it('says that something is not valid when there is nothing better to say', () => {
    expect(issueWords({ code: 'custom', input: 1, path: [] })).toBe('is not valid');
  });
});

describe('a field of the reference engine that has no effect here', () => {
  it('is followed by what does the same here, where something does', () => {
    expect(structureProblems.noEffect('header_capture').message).toBe(
      "'header_capture' is accepted for files of the reference engine and has no effect here; " +
        "write include_headers in the receiver's config",
    );
  });
});

describe('the table of codes in the README', () => {
  it('is the table in the code', async () => {
    const readme = await readFile(new URL('../../src/config/README.md', import.meta.url), 'utf8');
    const table = readme.slice(readme.indexOf('\n## Codes\n'));
    const rows = [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [
      code,
      meaning,
    ]);
    expect(rows).toEqual(Object.entries(codes));
  });
});
