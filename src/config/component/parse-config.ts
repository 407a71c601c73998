import type { z } from 'zod';
import type { Diagnostics } from '../diagnostic.js';
import type { ConfigPath } from '../location.js';
import { componentProblems } from '../messages.js';
import { errorName } from '../sources/error-name.js';
import type { ComponentSpec } from '../spec.js';
import { IssueReporter } from './issue-reporter.js';
import { issueWords } from './issue-words.js';
import { jsonSchemaOf, secretPaths } from './json-schema.js';
import { withTexts } from './with-texts.js';

export type ParsedConfig<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false };

/**
 * Checks the `config` of a node or an extension by its component's schema. Everything that is wrong is reported
 * where it stands, without the value. A missing `config` counts as an empty one.
 */
export function parseComponentConfig<Schema extends z.ZodType>(
  schema: Schema,
  spec: ComponentSpec,
  diagnostics: Diagnostics,
): ParsedConfig<z.output<Schema>> {
  const path: ConfigPath = [...spec.path, 'config'];
  const { sources } = diagnostics;
  if (sources.origin?.(path)?.failed === true) return { ok: false };
  const input = spec.config ?? {};
  const json = jsonSchemaOf(schema);
  for (const secret of secretPaths(json, input)) sources.hide?.([...path, ...secret]);

  try {
    const options = { error: issueWords };
    let checked = schema.safeParse(input, options);
    let value: unknown = input;
    if (!checked.success) {
      const texts = withTexts(input, checked.error.issues, path, sources);
      if (texts !== undefined) {
        checked = schema.safeParse(texts, options);
        value = texts;
      }
    }
    if (checked.success) {
      // A part that failed to expand is missing from the value, though nothing in the schema may require it.
      return sources.origin?.(path)?.incomplete === true ? { ok: false } : { ok: true, value: checked.data };
    }
    new IssueReporter(value, path, json, diagnostics).report(checked.error.issues);
  } catch (error) {
    // Its message may hold the value.
    const { code, message } = componentProblems.schemaFailed(spec.type.short, errorName(error));
    diagnostics.error(code, path, message, 'key');
  }
  return { ok: false };
}
