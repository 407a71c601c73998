import { configRows } from './config-rows.js';
import type { FieldSchema } from './field-schema.js';
import { markdownTable } from './markdown-table.js';

/**
 * The fields of a component's configuration as a Markdown table; a sentence when there are none.
 *
 * @param schema JSON Schema of `config`, as it is written in a file
 */
export function configTable(schema: FieldSchema): string {
  const rows = configRows(schema);
  if (rows.length === 0) return 'There is nothing to configure.\n';
  return markdownTable(
    ['field', 'type', 'default', 'description'],
    rows.map(({ field, type, default: given, description }) => [
      `\`${field}\``,
      type,
      given === '' || given === 'required' ? given : `\`${given}\``,
      description.replace(/\.$/, ''),
    ]),
  );
}
