import { MOST_CORES } from '../limits.js';
import { orExpansion, type Schema } from './expansion.js';
import { duration, flag, map, noEffects, ref, words } from './parts.js';

/** The policies of a scope. */
export function policies(): Schema {
  return map(
    'Policies of this scope. A family that is given replaces that of the wider scope whole; of resources, each member.',
    {
      channel_capacity: channelCapacity(),
      resources: map('What pipelines may use of the machine.', {
        core_allocation: coreAllocation(),
        ...noEffects('memory_limiter', 'rate_limiters'),
      }),
      runtime_recovery: recovery(),
      ...noEffects('health', 'telemetry', 'transport_headers'),
    },
  );
}

function channelCapacity(): Schema {
  return map('How much the queues between nodes hold.', {
    pdata: ref('count', {
      description: 'How many messages the queue before a node holds; 128 unless given.',
    }),
    control: {
      ...map('Accepted for files of the reference engine; has no effect here.', {
        node: ref('count'),
        pipeline: ref('count'),
        completion: ref('count'),
      }),
      deprecated: true,
    },
  });
}

/** The type says which other field there is; an editor proposes no other. */
function coreAllocation(): Schema {
  const count = {
    ...orExpansion({ type: 'integer', minimum: 1, maximum: MOST_CORES }),
    description: 'How many instances.',
  };
  const set = {
    type: ['array', 'null'],
    items: ref('core_range'),
    description: 'Ranges of cores, with an instance for each of their cores.',
  };
  return {
    ...map('How many instances of a pipeline run at the same time, each in a thread of its own.', {
      type: words('How their number is given; all_cores unless given.', {
        all_cores: 'One instance for each core.',
        core_count: 'As many as count says.',
        core_set: 'One for each core of the ranges in set.',
      }),
      count: { ...count, doNotSuggest: true },
      set: { ...set, doNotSuggest: true },
    }),
    allOf: [
      { if: isOrLacks('all_cores'), ...follows([], { count: false, set: false }) },
      { if: is('core_count'), ...follows(['count'], { count, set: false }) },
      {
        if: is('core_set'),
        ...follows(['set'], { count: false, set: { ...set, type: 'array', minItems: 1 } }),
      },
    ],
  };
}

const isOrLacks = (type: string): Schema => ({ type: 'object', properties: { type: { const: type } } });

const is = (type: string): Schema => ({ ...isOrLacks(type), required: ['type'] });

const follows = (
  required: readonly string[],
  properties: Readonly<Record<string, Schema | false>>,
): Schema => ({
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits the schema.
  then: { properties, ...(required.length === 0 ? {} : { required }) },
});

/** Several cores that follow one another. */
export function coreRange(): Schema {
  const core = (description: string): Schema => ({
    ...orExpansion({ type: 'integer', minimum: 0, maximum: MOST_CORES - 1 }),
    description,
  });
  return {
    ...map('', { start: core('The first core, from 0.'), end: core('The last core, included.') }),
    type: 'object',
    required: ['start', 'end'],
  };
}

function recovery(): Schema {
  return map('What becomes of an instance that fails while the others run on.', {
    enabled: flag('Whether it is replaced, rather than the engine ended; true unless given.'),
    max_restarts: ref('count', { description: 'How many times in a row it is replaced; 5 unless given.' }),
    initial_backoff: duration('How long to wait before the first replacement; 250ms unless given.'),
    max_backoff: duration('How long to wait at most, as the wait grows; 30s unless given.'),
    startup_timeout: duration('How long a replacement may take until it is ready; 30s unless given.'),
    reset_after: duration('How long it must run before its restarts are counted anew; 60s unless given.'),
  });
}
