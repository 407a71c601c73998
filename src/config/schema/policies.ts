import type { Schema } from './expansion.js';
import { map, noEffects, ref } from './parts.js';

/** The policies of a scope. */
export function policies(): Schema {
  const messages = 'How many messages the queue before a node holds; 128 unless given.';
  return map('Policies of this scope. A family that is given replaces that of the wider scope whole.', {
    channel_capacity: map('How much the queues between nodes hold.', {
      pdata: ref('capacity', { description: messages }),
      control: {
        ...map('Accepted for files of the reference engine; has no effect here.', {
          node: ref('capacity'),
          pipeline: ref('capacity'),
          completion: ref('capacity'),
        }),
        deprecated: true,
      },
    }),
    ...noEffects('health', 'telemetry', 'resources', 'runtime_recovery', 'transport_headers'),
  });
}
