/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** What may stand between the braces: neither the end nor another expansion. */
const INSIDE = '(?:(?!\\$\\{)[^}])*';
const REFERENCE = `\\$\\{(?:env:${NAME}(?::-${INSIDE})?|file:(?=[^}]*[^\\s}])${INSIDE})\\}`;
/** Text without an expansion: `$$` is a dollar, and so is a dollar before anything but a brace. */
const PLAIN = '[^$]|\\$\\$|\\$(?![${])';

/** Every text that can be expanded: any text without a `${` that is not understood. */
export const TEXT = `^(?:${PLAIN}|${REFERENCE})*$`;

export const NOT_UNDERSTOOD =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: expansions of the configuration.
  'has a ${...} that is not understood; write ${env:NAME}, ${env:NAME:-default}, ${file:PATH}, or $${ for the text itself';

/** A text with at least one expansion. It may become anything: a number, true, nothing, or another text. */
const EXPANSION = `^(?:${PLAIN})*${REFERENCE}(?:${PLAIN}|${REFERENCE})*$`;

/** The definitions that `orExpansion` refers to. */
export const expansionDefinitions: Readonly<Record<string, Schema>> = Object.freeze({
  expansion: {
    type: 'string',
    pattern: EXPANSION,
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: expansions of the configuration.
    description:
      '`${env:NAME}`, `${env:NAME:-default}` or `${file:PATH}`, with other text around it or without.',
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: expansions of the configuration.
  },
});

/** What says nothing of which values are allowed, so it stays outside when alternatives are added. */
const ANNOTATIONS = ['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'];

/** The same schema, with an expansion as an alternative to all other forms of the value. */
export function orExpansion(schema: Schema): Schema {
  const entries = Object.entries(schema);
  const annotations = Object.fromEntries(entries.filter(([name]) => ANNOTATIONS.includes(name)));
  const rules = Object.fromEntries(entries.filter(([name]) => !ANNOTATIONS.includes(name)));
  const { anyOf, ...others } = rules;
  const forms = Array.isArray(anyOf) && Object.keys(others).length === 0 ? (anyOf as Schema[]) : [rules];
  return { ...annotations, anyOf: [...forms, { $ref: '#/$defs/expansion' }] };
}
