import { attributes, countedAttributes } from './attributes.js';
import type { TrafficSettings } from './config.js';
import { type Envelope, frameRequest } from './frame.js';
import type { Random } from './random.js';
import type { Source } from './source.js';
import { type BatchTime, writeId } from './stamp.js';
import { type Marks, recordTemplate } from './template.js';

/** How many different records there are. */
const VARIANTS = 50;

/** How long after it happened a record is observed, in nanoseconds. */
const OBSERVED_AFTER = 40_000;

interface LogMessage {
  readonly severity: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly text: (random: Random) => string;
}

const SEVERITY_NUMBER = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 };

const order = (random: Random): string => `${1000 + random.below(9000)}`;
const user = (random: Random): string => `user-${random.below(500)}`;

const messages: readonly LogMessage[] = [
  { severity: 'INFO', text: (r) => `${user(r)} signed in` },
  { severity: 'INFO', text: (r) => `order ${order(r)} was placed by ${user(r)}` },
  { severity: 'INFO', text: (r) => `order ${order(r)} was shipped` },
  { severity: 'DEBUG', text: (r) => `cache hit for product ${r.below(200)}` },
  { severity: 'DEBUG', text: (r) => `the query took ${1 + r.below(80)} ms` },
  { severity: 'INFO', text: (r) => `payment of ${1 + r.below(300)}.${10 + r.below(90)} EUR was accepted` },
  { severity: 'WARN', text: (r) => `payment for order ${order(r)} is slow: ${500 + r.below(2500)} ms` },
  { severity: 'WARN', text: (r) => `stock of product ${r.below(200)} is low: ${r.below(5)} left` },
  { severity: 'ERROR', text: (r) => `payment for order ${order(r)} was declined` },
  { severity: 'INFO', text: (r) => `${user(r)} added product ${r.below(200)} to the cart` },
];

interface LogTemplate {
  readonly bytes: Uint8Array;
  readonly time: number;
  readonly observed: number;
  readonly trace: number | undefined;
  readonly span: number | undefined;
}

/** Log records such as a shop would write. */
export class LogSource implements Source {
  readonly #random: Random;
  readonly #templates: readonly LogTemplate[];

  constructor(traffic: TrafficSettings, random: Random) {
    this.#random = random;
    this.#templates = Array.from({ length: VARIANTS }, (_, variant) => template(traffic, random, variant));
  }

  request(count: number, envelope: Envelope, time: BatchTime): Uint8Array {
    const random = this.#random;
    const records = Array.from(
      { length: count },
      () => this.#templates[random.below(VARIANTS)] as LogTemplate,
    );
    return frameRequest(envelope, records, (view, at, index) => {
      const record = records[index] as LogTemplate;
      const happened = time.of(index);
      time.write(view, at + record.time, happened);
      time.write(view, at + record.observed, happened + OBSERVED_AFTER);
      if (record.trace !== undefined) writeId(view, at + record.trace, 4, random);
      if (record.span !== undefined) writeId(view, at + record.span, 2, random);
    });
  }
}

function template(traffic: TrafficSettings, random: Random, variant: number): LogTemplate {
  const message = messages[variant % messages.length] as LogMessage;
  const text = body(traffic.log_body_size_bytes, message.text(random), variant);
  const encoded = recordTemplate('logs', (marks: Marks) => ({
    timeUnixNano: marks.integer('time'),
    observedTimeUnixNano: marks.integer('observed'),
    severityNumber: SEVERITY_NUMBER[message.severity],
    severityText: message.severity,
    ...(text === undefined ? {} : { body: { stringValue: text } }),
    attributes: attributes(logAttributes(traffic.num_log_attributes, random, variant)),
    ...(traffic.use_trace_context ? { traceId: marks.traceId('trace'), spanId: marks.spanId('span') } : {}),
  }));
  const [trace] = encoded.places('trace');
  const [span] = encoded.places('span');
  return {
    bytes: encoded.bytes,
    time: encoded.place('time'),
    observed: encoded.place('observed'),
    trace,
    span,
  };
}

/** Readable by default; of the wanted size otherwise, each variant different from its first character on. */
function body(size: number | undefined, text: string, variant: number): string | undefined {
  if (size === undefined) return text;
  if (size === 0) return undefined;
  return `${variant} ${text} `.repeat(Math.ceil(size / text.length)).slice(0, size);
}

function logAttributes(
  count: number | undefined,
  random: Random,
  variant: number,
): Record<string, string | number> {
  if (count !== undefined) return countedAttributes(count, variant);
  const thread = random.below(8);
  return { 'thread.id': thread, 'thread.name': `worker-${thread}` };
}
