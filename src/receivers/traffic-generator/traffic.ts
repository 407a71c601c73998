import { Pdata, type Signal } from '../../authoring.js';
import type { TrafficGeneratorSettings } from './config.js';
import { LogSource } from './log-source.js';
import { MetricSource } from './metric-source.js';
import { Random } from './random.js';
import { Resources } from './resources.js';
import type { PlannedBatch } from './schedule.js';
import type { Source } from './source.js';
import { SpanSource } from './span-source.js';
import { BatchTime } from './stamp.js';

/** Between two records of a batch when no rate says how long, in nanoseconds. */
const DEFAULT_SPACING = 1_000;

/** Makes the payloads of planned batches. */
export class Traffic {
  readonly #sources: Readonly<Record<Signal, Source>>;
  readonly #resources: Resources;
  readonly #wallTime: () => number;
  readonly #spacing: number;
  /** Payloads that are sent again and again; `undefined` when every batch is fresh. */
  readonly #made: Map<string, Pdata> | undefined;

  /** @param wallTime reads the time, in milliseconds since the Unix epoch */
  constructor(settings: TrafficGeneratorSettings, seed: number, wallTime: () => number) {
    const { traffic_config: traffic } = settings;
    const random = new Random(seed);
    this.#sources = {
      logs: new LogSource(traffic, random),
      metrics: new MetricSource(traffic, random, wallTime()),
      traces: new SpanSource(random),
    };
    this.#resources = new Resources(settings.resource_attributes, random);
    this.#wallTime = wallTime;
    this.#spacing = traffic.signals_per_second === null ? DEFAULT_SPACING : 1e9 / traffic.signals_per_second;
    this.#made = settings.generation_strategy === 'pre_generated' ? new Map() : undefined;
  }

  payload({ signal, count }: PlannedBatch): Pdata {
    const { index, envelopes } = this.#resources.next();
    const key = `${signal} ${count} ${index}`;
    const made = this.#made?.get(key);
    if (made !== undefined) return made;
    const time = new BatchTime(this.#wallTime(), count, this.#spacing);
    const pdata = new Pdata(signal, this.#sources[signal].request(count, envelopes[signal], time), count);
    this.#made?.set(key, pdata);
    return pdata;
  }
}
