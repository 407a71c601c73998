import { attributes, countedAttributes } from './attributes.js';
import type { TrafficSettings } from './config.js';
import { type Envelope, frameRequest } from './frame.js';
import { bounds, type Instrument, instruments } from './instruments.js';
import type { Random } from './random.js';
import { Series } from './series.js';
import type { Source } from './source.js';
import type { BatchTime } from './stamp.js';
import { type Marks, type RecordTemplate, recordTemplate } from './template.js';

const CUMULATIVE = 2;

interface PointPlaces {
  readonly series: Series;
  readonly start: number | undefined;
  readonly time: number;
  readonly values: readonly number[];
}

interface MetricTemplate {
  readonly bytes: Uint8Array;
  readonly points: readonly PointPlaces[];
}

/** Metrics of a server and its host. Sums and histograms are cumulative and go on from batch to batch. */
export class MetricSource implements Source {
  readonly #random: Random;
  readonly #traffic: TrafficSettings;
  readonly #startedAt: number;
  readonly #series = new Map<string, Series>();
  readonly #templates = new Map<string, MetricTemplate>();
  #position = 0;

  /** @param startedAt when counting began, in milliseconds since the Unix epoch */
  constructor(traffic: TrafficSettings, random: Random, startedAt: number) {
    this.#traffic = traffic;
    this.#random = random;
    this.#startedAt = startedAt;
  }

  request(count: number, envelope: Envelope, time: BatchTime): Uint8Array {
    const perMetric = this.#traffic.num_data_points_per_metric;
    const records: MetricTemplate[] = [];
    for (let left = count; left > 0; left -= perMetric) records.push(this.#next(Math.min(left, perMetric)));
    const started = Math.round((this.#startedAt - time.wallTime) * 1e6);
    // All points of a batch were read at the same time, as a scrape does.
    const now = time.of(count - 1);
    return frameRequest(envelope, records, (view, at, index) => {
      for (const { series, start, time: place, values } of records[index]?.points ?? []) {
        if (start !== undefined) time.write(view, at + start, started);
        time.write(view, at + place, now);
        series.write(view, at, values, this.#random);
      }
    });
  }

  /** The next instrument with the next of its series, in turn. */
  #next(points: number): MetricTemplate {
    const turn = this.#position++;
    const instrument = instruments[turn % instruments.length] as Instrument;
    const round = Math.floor(turn / instruments.length);
    const first = (round * this.#traffic.num_data_points_per_metric) % instrument.series.length;
    // What is left over at the end of a batch may have any size; keeping a template of each would add up.
    if (points < this.#traffic.num_data_points_per_metric) return this.#template(instrument, first, points);
    const key = `${instrument.name} ${first}`;
    const template = this.#templates.get(key) ?? this.#template(instrument, first, points);
    this.#templates.set(key, template);
    return template;
  }

  #template(instrument: Instrument, first: number, points: number): MetricTemplate {
    const numbers = Array.from({ length: points }, (_, index) => first + index);
    const encoded = recordTemplate('metrics', (marks) => ({
      name: instrument.name,
      description: instrument.description,
      unit: instrument.unit,
      ...aggregation(
        instrument,
        numbers.map((number) => this.#point(instrument, number, marks)),
      ),
    }));
    return {
      bytes: encoded.bytes,
      points: numbers.map((number) => this.#places(instrument, number, encoded)),
    };
  }

  #point(instrument: Instrument, number: number, marks: Marks): unknown {
    const value = `value ${number}`;
    const point = {
      attributes: attributes(this.#attributes(instrument, number)),
      timeUnixNano: marks.integer(`time ${number}`),
    };
    if (instrument.kind === 'gauge') return { ...point, asDouble: marks.double(value) };
    const cumulative = { ...point, startTimeUnixNano: marks.integer(`start ${number}`) };
    if (instrument.kind !== 'histogram') return { ...cumulative, asInt: marks.integer(value) };
    return {
      ...cumulative,
      count: marks.integer(value),
      sum: marks.double(value),
      bucketCounts: [...bounds, Number.POSITIVE_INFINITY].map(() => marks.integer(value)),
      explicitBounds: bounds,
    };
  }

  #places(instrument: Instrument, number: number, encoded: RecordTemplate): PointPlaces {
    const key = `${instrument.name} ${number}`;
    const series = this.#series.get(key) ?? new Series(instrument);
    this.#series.set(key, series);
    const [start] = encoded.places(`start ${number}`);
    return {
      series,
      start,
      time: encoded.place(`time ${number}`),
      values: encoded.places(`value ${number}`),
    };
  }

  #attributes({ series }: Instrument, number: number): Readonly<Record<string, string | number>> {
    const count = this.#traffic.num_metric_attributes;
    if (count !== undefined) return countedAttributes(count, number);
    const values = series[number % series.length] ?? {};
    // More points than there are series: tell them apart by the host that they come from.
    const host = Math.floor(number / series.length);
    return host === 0 ? values : { ...values, 'host.name': `host-${host}` };
  }
}

function aggregation({ kind }: Instrument, dataPoints: readonly unknown[]): object {
  switch (kind) {
    case 'gauge':
      return { gauge: { dataPoints } };
    case 'histogram':
      return { histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
    default:
      return { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: kind === 'counter' } };
  }
}
