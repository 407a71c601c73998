import { type Signal, signals } from '../../authoring.js';
import { attributes } from './attributes.js';
import type { TrafficGeneratorSettings } from './config.js';
import type { Envelope } from './frame.js';
import type { Random } from './random.js';
import { envelope } from './template.js';

const SCOPE = { name: 'traffic-generator', version: '1.0.0' };

/** The services that telemetry comes from when the configuration names none. */
const DEFAULT_SERVICES = ['frontend', 'checkout', 'payment'];

/** The resources that batches come from, in turn. */
export class Resources {
  readonly #rotation: readonly Readonly<Record<Signal, Envelope>>[];
  #turn = 0;

  constructor(configured: TrafficGeneratorSettings['resource_attributes'], random: Random) {
    const entries = (Array.isArray(configured) ? configured : [configured])
      .map(weighted)
      .filter(({ attrs }) => Object.keys(attrs).length > 0);
    const sets =
      entries.length > 0
        ? entries
        : DEFAULT_SERVICES.map((service) => ({ attrs: { 'service.name': service }, weight: 1 }));
    this.#rotation = sets.flatMap(({ attrs, weight }) => {
      const resource = { attributes: attributes({ ...defaults(random), ...attrs }) };
      const envelopes = Object.fromEntries(
        signals.map((signal) => [signal, envelope(signal, resource, SCOPE)]),
      ) as Record<Signal, Envelope>;
      return Array.from({ length: weight }, () => envelopes);
    });
  }

  /** Which resource the next batch comes from. */
  next(): { readonly index: number; readonly envelopes: Readonly<Record<Signal, Envelope>> } {
    const index = this.#turn;
    this.#turn = (index + 1) % this.#rotation.length;
    return { index, envelopes: this.#rotation[index] as Readonly<Record<Signal, Envelope>> };
  }
}

type Entry = Extract<TrafficGeneratorSettings['resource_attributes'], readonly unknown[]>[number];
interface WeightedEntry {
  readonly attrs: Readonly<Record<string, string>>;
  readonly weight: number;
}

function weighted(entry: Entry): WeightedEntry {
  return isWeighted(entry) ? entry : { attrs: entry, weight: 1 };
}

function isWeighted(entry: Entry): entry is Extract<Entry, { weight: number }> {
  return typeof entry['attrs'] === 'object';
}

function defaults(random: Random): Record<string, string> {
  return {
    'service.name': 'traffic-generator',
    'service.namespace': 'shop',
    'service.version': '1.4.2',
    'service.instance.id': `instance-${random.uint32().toString(16).padStart(8, '0')}`,
    'deployment.environment.name': 'demo',
    'host.name': 'localhost',
  };
}
