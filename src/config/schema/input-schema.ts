import { z } from 'zod';
import type { Schema } from './expansion.js';

/**
 * What a component's schema takes, as a JSON Schema that refuses nothing that the schema itself would take: rules
 * that hold only after a text was trimmed or put in lower case, and those that JSON Schema would read in another
 * way, are left out.
 */
export function inputSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      const coerced = 'coerce' in def && def.coerce === true;
      // Either takes anything at all.
      if (coerced || def.type === 'catch') keepOnly(jsonSchema, ANNOTATIONS);
      else if (def.type === 'string') loosen(jsonSchema, (def.checks ?? []) as readonly Check[], zodSchema);
    },
  }) as Schema;
}

const ANNOTATIONS = ['title', 'description', 'default', 'examples', 'deprecated', 'writeOnly'];

/** The part of a check of zod that is looked at here. */
interface Check {
  readonly _zod: { readonly def: { readonly check: string; readonly pattern?: RegExp | undefined } };
}

type JsonSchema = Record<string, unknown>;

function loosen(jsonSchema: JsonSchema, checks: readonly Check[], schema: z.core.$ZodType): void {
  const changes = checks.some(({ _zod }) => _zod.def.check === 'overwrite');
  const readOtherwise = checks.some(({ _zod }) => !isPlain(_zod.def.pattern));
  if (!changes && !readOtherwise) return;
  // What the author said of the text as it is written stays.
  const { pattern, patternErrorMessage, allOf } = z.globalRegistry.get(schema) ?? {};
  const rules = ['type', ...ANNOTATIONS];
  if (Number(jsonSchema['minLength'] ?? 0) <= 1) rules.push('minLength');
  if (!changes) rules.push('maxLength');
  keepOnly(jsonSchema, rules);
  if (pattern !== undefined) Object.assign(jsonSchema, { pattern });
  if (patternErrorMessage !== undefined) Object.assign(jsonSchema, { patternErrorMessage });
  if (allOf !== undefined) jsonSchema['allOf'] = allOf;
}

/** Whether an expression means the same in JSON Schema, which knows no flags but reads Unicode. */
function isPlain(pattern: RegExp | undefined): boolean {
  if (pattern === undefined) return true;
  if (/[ims]/.test(pattern.flags)) return false;
  try {
    return new RegExp(pattern.source, 'u').source !== '';
  } catch {
    return false;
  }
}

function keepOnly(jsonSchema: JsonSchema, names: readonly string[]): void {
  for (const name of Object.keys(jsonSchema)) if (!names.includes(name)) delete jsonSchema[name];
}
