import type { ErrorCode } from 'yaml';

/**
 * What the parser's errors mean. Our own words, because the parser's cite the text around the error, which may
 * be a secret.
 */
export const syntaxWords: Readonly<Record<ErrorCode, string>> = Object.freeze({
  ALIAS_PROPS: 'an alias cannot have an anchor or a tag',
  BAD_ALIAS: 'an alias needs a name right after its *',
  BAD_COLLECTION_TYPE: 'this tag does not fit a map or a list',
  BAD_DIRECTIVE: 'this directive is not known',
  BAD_DQ_ESCAPE:
    'this escape is not known in double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket or brace before it is not closed',
  BAD_PROP_ORDER: 'anchors and tags stand right before their value',
  BAD_SCALAR_START: 'a value cannot start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a map cannot start on the line of its key; begin a new line, or put the value in quotes',
  BLOCK_IN_FLOW: 'indented maps and lists cannot stand between brackets or braces',
  DUPLICATE_KEY: 'a key stands twice in one map',
  IMPOSSIBLE: 'the text cannot be understood here',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR:
    'something is missing before this: a colon, a comma, a space, or a closing quote, bracket or brace',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is there a colon missing?',
  MULTIPLE_ANCHORS: 'a value can have only one anchor',
  MULTIPLE_DOCS: 'a second document begins here',
  MULTIPLE_TAGS: 'a value can have only one tag',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'values are nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'this value does not fit its tag',
  UNEXPECTED_TOKEN: 'this does not belong here; is a quote, a comma or a line break missing before it?',
});
