/**
 * What may be seen of a part of the configuration under a message: all of it, only its structure, or what a map
 * says for each of its fields.
 */
export type Place =
  | 'shown'
  | 'hidden'
  | { readonly each: Place }
  | { readonly fields: Readonly<Record<string, Place>> };

const COMPONENT: Place = {
  fields: {
    type: 'shown',
    description: 'shown',
    outputs: 'shown',
    default_output: 'shown',
    capabilities: 'shown',
    policies: 'shown',
  },
};

const PIPELINE: Place = {
  fields: {
    type: 'shown',
    policies: 'shown',
    connections: 'shown',
    extensions: { each: COMPONENT },
    nodes: { each: COMPONENT },
  },
};

/**
 * The model as far as its values are names, types and sizes. Whatever it does not name is hidden: the `config` of
 * components, and also what only stands where it should not, like a misspelt `config`.
 */
export const MODEL: Place = {
  fields: {
    version: 'shown',
    policies: 'shown',
    engine: { fields: { plugins: 'shown', extensions: { each: COMPONENT } } },
    groups: {
      each: {
        fields: { policies: 'shown', extensions: { each: COMPONENT }, pipelines: { each: PIPELINE } },
      },
    },
  },
};

/** The place of a member of a map or, without a name, of a list. */
export function placeBelow(place: Place, name: string | undefined): Place {
  if (typeof place === 'string') return place;
  if (name === undefined) return 'hidden';
  if ('each' in place) return place.each;
  return Object.hasOwn(place.fields, name) ? (place.fields[name] as Place) : 'hidden';
}
