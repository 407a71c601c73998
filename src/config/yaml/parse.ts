import { type Document, isScalar, type ParsedNode, parseDocument, type YAMLParseError } from 'yaml';
import { yamlProblems } from '../messages.js';
import type { Span } from '../text/source-text.js';
import type { ReportText } from './report.js';
import { shield } from './shield.js';
import { syntaxWords } from './syntax-words.js';

export type YamlDocument = Document.Parsed<ParsedNode>;

/** One mistake can make the parser complain about everything after it, so each line is reported once. */
const MOST_SYNTAX_ERRORS = 50;

/**
 * Parses a stretch of a text as one YAML 1.2 document of the core schema. Offsets in the document are relative
 * to the stretch.
 *
 * @returns `undefined` when it is not one, which is then reported
 */
export function parseYaml(span: Span, report: ReportText): YamlDocument | undefined {
  const { source, start, end } = span;
  const document = parseDocument(shield(source.text.slice(start, end)), {
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    // Checked while the tree is built, where it costs less than the parser's comparison of all with all.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'warn',
  });
  const at = (error: YAMLParseError | { readonly pos: readonly [number, number] }): Span =>
    source.span(start + error.pos[0], start + error.pos[1]);
  for (const warning of document.warnings) {
    if (warning.code === 'TAG_RESOLVE_FAILED') report(yamlProblems.tag(), at(warning));
  }
  const lines = new Set<number>();
  for (const error of document.errors) {
    const place = at(error);
    const { line } = source.locate(place.start);
    if (error.code === 'MULTIPLE_DOCS') report(yamlProblems.multipleDocuments(), place);
    else if (lines.size < MOST_SYNTAX_ERRORS && !lines.has(line)) {
      lines.add(line);
      report(yamlProblems.syntax(syntaxWords[error.code]), place);
    }
  }
  return document.errors.length === 0 ? document : undefined;
}

/** Whether a document has nothing in it but comments. */
export function isEmpty({ contents }: YamlDocument): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '');
}
