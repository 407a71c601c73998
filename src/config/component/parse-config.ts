import type { z } from 'zod';
import type { Diagnostics } from '../diagnostic.js';
import type { ConfigPath } from '../location.js';
import { componentProblems } from '../messages.js';
import { errorName } from '../sources/error-name.js';
import type { ComponentSpec } from '../spec.js';
import { IssueReporter } from './issue-reporter.js';
import { issueWords } from './issue-words.js';
import { type JsonSchema, jsonSchemaOf, secretPaths } from './json-schema.js';
import { withTexts } from './with-texts.js';

export type ParsedConfig<Value> =
  | {
      readonly ok: true;
      /** What the schema made of it. */
      readonly value: Value;
      /** What the schema took: the configuration with texts where it wants strings. */
      readonly input: unknown;
    }
  | { readonly ok: false };

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
  const checked = check(schema, input, spec, diagnostics);
  if (checked === undefined) return { ok: false };
  if (!checked.result.success) {
    const { json, value } = checked;
    new IssueReporter(value, path, json, diagnostics).report(checked.result.error.issues);
    return { ok: false };
  }
  // A part that failed to expand is missing from the value, though nothing in the schema may require it.
  if (sources.origin?.(path)?.incomplete === true) return { ok: false };
  return { ok: true, value: checked.result.data, input: checked.value };
}

interface Checked<Schema extends z.ZodType> {
  readonly result: z.ZodSafeParseResult<z.output<Schema>>;
  readonly json: JsonSchema;
  /** What was checked in the end. */
  readonly value: unknown;
}

/** Runs the schema, which is the component's own code; `undefined` when it threw, which is then reported. */
function check<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  spec: ComponentSpec,
  diagnostics: Diagnostics,
): Checked<Schema> | undefined {
  const path: ConfigPath = [...spec.path, 'config'];
  const { sources } = diagnostics;
  try {
    const json = jsonSchemaOf(schema);
    for (const secret of secretPaths(json, input)) sources.hide?.([...path, ...secret]);
    const result = schema.safeParse(input, { error: issueWords });
    if (result.success) return { result, json, value: input };
    const texts = withTexts(input, result.error.issues, path, sources);
    if (texts === undefined) return { result, json, value: input };
    return { result: schema.safeParse(texts, { error: issueWords }), json, value: texts };
  } catch (error) {
    // Its message may hold the value.
    const { code, message } = componentProblems.schemaFailed(spec.type.short, errorName(error));
    diagnostics.error(code, path, message, 'key');
    return undefined;
  }
}
