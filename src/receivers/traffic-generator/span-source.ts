import { attributes } from './attributes.js';
import { type Envelope, frameRequest } from './frame.js';
import type { Random } from './random.js';
import { type ScenarioSpan, scenarios } from './scenarios.js';
import type { Source } from './source.js';
import { type BatchTime, writeId } from './stamp.js';
import { recordTemplate } from './template.js';

const NANOS_PER_MS = 1e6;
const KIND = { internal: 1, server: 2, client: 3, producer: 4 };
const STATUS_ERROR = 2;

interface SpanTemplate {
  readonly bytes: Uint8Array;
  readonly span: ScenarioSpan;
  /** Which span of its trace it is. */
  readonly index: number;
  readonly traceId: number;
  readonly spanId: number;
  readonly parentId: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly event: number | undefined;
}

/** Spans of whole traces, one trace after the other. A trace may begin in one batch and end in the next. */
export class SpanSource implements Source {
  readonly #random: Random;
  /** The spans of all scenarios, in the order in which they are generated over and over. */
  readonly #cycle: readonly SpanTemplate[];
  #position = 0;
  /** The trace under way: its id, then an id for each of its spans. */
  readonly #ids = new DataView(new ArrayBuffer(16 + 8 * Math.max(...scenarios.map(({ length }) => length))));
  /** How much slower than the scenario says the trace is. */
  #slowness = 1;
  /** When the trace began, in milliseconds since the Unix epoch. */
  #began = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#cycle = scenarios.flatMap((scenario) => scenario.map(template));
  }

  request(count: number, envelope: Envelope, time: BatchTime): Uint8Array {
    const records = Array.from({ length: count }, (_, index) => this.#at(this.#position + index));
    this.#position = (this.#position + count) % this.#cycle.length;
    return frameRequest(envelope, records, (view, at, index) => {
      const record = records[index] as SpanTemplate;
      if (record.index === 0) this.#beginTrace(record.span, time.wallTime + time.of(index) / NANOS_PER_MS);
      this.#stamp(view, at, record, time);
    });
  }

  #at(position: number): SpanTemplate {
    return this.#cycle[position % this.#cycle.length] as SpanTemplate;
  }

  /** @param ends when the first span, which holds all others, ends */
  #beginTrace(first: ScenarioSpan, ends: number): void {
    writeId(this.#ids, 0, 4, this.#random);
    for (let at = 16; at < this.#ids.byteLength; at += 8) writeId(this.#ids, at, 2, this.#random);
    this.#slowness = 0.6 + this.#random.fraction();
    this.#began = ends - first.end * this.#slowness;
  }

  #stamp(view: DataView, at: number, record: SpanTemplate, time: BatchTime): void {
    this.#copyId(view, at + record.traceId, 0, 16);
    this.#copyId(view, at + record.spanId, 16 + 8 * record.index, 8);
    if (record.parentId !== undefined)
      this.#copyId(view, at + record.parentId, 16 + 8 * (record.span.parent ?? 0), 8);
    time.write(view, at + record.start, this.#nanos(record.span.begin, time));
    time.write(view, at + record.end, this.#nanos(record.span.end, time));
    if (record.event !== undefined) time.write(view, at + record.event, this.#nanos(record.span.end, time));
  }

  #copyId(view: DataView, at: number, from: number, size: number): void {
    for (let word = 0; word < size; word += 4) view.setUint32(at + word, this.#ids.getUint32(from + word));
  }

  /** A moment of the scenario, in nanoseconds before or after the batch's time. */
  #nanos(moment: number, time: BatchTime): number {
    return Math.round((this.#began + moment * this.#slowness - time.wallTime) * NANOS_PER_MS);
  }
}

function template(span: ScenarioSpan, index: number): SpanTemplate {
  const encoded = recordTemplate('traces', (marks) => ({
    traceId: marks.traceId('trace'),
    spanId: marks.spanId('span'),
    ...(span.parent === undefined ? {} : { parentSpanId: marks.spanId('parent') }),
    name: span.name,
    kind: KIND[span.kind],
    startTimeUnixNano: marks.integer('start'),
    endTimeUnixNano: marks.integer('end'),
    attributes: attributes({
      ...span.attributes,
      ...(span.error === undefined ? {} : { 'error.type': span.error.type }),
    }),
    ...(span.error === undefined
      ? {}
      : {
          events: [
            {
              timeUnixNano: marks.integer('event'),
              name: 'exception',
              attributes: attributes({
                'exception.type': span.error.type,
                'exception.message': span.error.message,
              }),
            },
          ],
          status: { code: STATUS_ERROR, message: span.error.message },
        }),
  }));
  const [parentId] = encoded.places('parent');
  const [event] = encoded.places('event');
  return {
    bytes: encoded.bytes,
    span,
    index,
    traceId: encoded.place('trace'),
    spanId: encoded.place('span'),
    parentId,
    start: encoded.place('start'),
    end: encoded.place('end'),
    event,
  };
}
