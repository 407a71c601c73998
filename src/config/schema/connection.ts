import { orExpansion, type Schema } from './expansion.js';
import { map, ref } from './parts.js';

/** NODE, or NODE["OUTPUT"] where an output may be named. */
const TARGET = '\\s*[^\\s[\\]"\'][^[\\]"\']*';
const SOURCE = `${TARGET}(?:\\[\\s*(?:"[^"]+"|'[^']+')\\s*\\]\\s*)?`;

export function connection(): Schema {
  return {
    ...map('', {
      from: ends(SOURCE, 'The node that sends, as NODE or NODE["OUTPUT"], or a list of them.'),
      to: ends(TARGET, 'The node that receives, or a list of them.'),
      policies: map('', {
        dispatch: {
          ...orExpansion({ enum: ['one_of', 'broadcast'] }),
          description: 'one_of: several destinations compete for each message.',
        },
      }),
    }),
    type: 'object',
    required: ['from', 'to'],
  };
}

/** One end or several, which an expansion may name as well. */
function ends(form: string, description: string): Schema {
  const end = { pattern: `^(?:${form})$` };
  const expansion = ref('expansion');
  return {
    description,
    type: ['string', 'array'],
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits the schema.
    then: { anyOf: [end, expansion] },
    minItems: 1,
    items: { type: 'string', anyOf: [end, expansion] },
  };
}
