import { type Pdata, protobufToJson } from '../../../src/authoring.js';
import { TrafficGenerator, TrafficGeneratorConfig } from '../../../src/receivers/traffic-generator/index.js';
import {
  CapturedLogger,
  FakeClock,
  TestEffectHandler,
  type TestEffectOptions,
} from '../../../src/testing/index.js';

export interface Run {
  readonly clock: FakeClock;
  readonly effect: TestEffectHandler;
  readonly log: CapturedLogger;
  /** Resolves when the generator has returned. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
  isReady(): boolean;
}

/** Starts a generator on a clock that stands still. */
export function run(settings: unknown, options: Pick<TestEffectOptions, 'downstream'> = {}): Run {
  const clock = new FakeClock();
  const log = new CapturedLogger();
  const effect = new TestEffectHandler({ clock, logger: log, ...options });
  const generator = new TrafficGenerator(TrafficGeneratorConfig.parse(settings), effect);
  const stopping = new AbortController();
  let ready = false;
  const ended = generator.start({
    signal: stopping.signal,
    ready: () => {
      ready = true;
    },
    stopping: () => new Promise((resolve) => stopping.signal.addEventListener('abort', () => resolve())),
    listen: () => Promise.reject(new Error('a generator does not listen')),
  });
  return { clock, effect, log, ended, stop: () => stopping.abort(), isReady: () => ready };
}

/** What was sent: one entry a request. */
export const sent = ({ effect }: Run): [signal: string, items: number][] =>
  effect.sent.map(({ pdata }) => [pdata.signal, pdata.itemCount]);

type Json = Readonly<Record<string, unknown>>;

interface Group {
  readonly resource: { readonly attributes: readonly Json[] };
  readonly scopeLogs?: readonly [{ readonly logRecords: readonly Json[] }];
  readonly scopeSpans?: readonly [{ readonly spans: readonly Json[] }];
  readonly scopeMetrics?: readonly [{ readonly metrics: readonly Json[] }];
}

function group({ signal, bytes }: Pdata): Group {
  // What was decoded is plain JSON; the shape is OTLP's.
  const request = protobufToJson(signal, bytes) as Readonly<Record<string, readonly [Group]>>;
  return (request['resourceLogs'] ?? request['resourceSpans'] ?? request['resourceMetrics'])?.[0] as Group;
}

/** The spans, metrics or log records of a generated request. */
export function records(pdata: Pdata): readonly Json[] {
  const { scopeLogs, scopeSpans, scopeMetrics } = group(pdata);
  return scopeLogs?.[0].logRecords ?? scopeSpans?.[0].spans ?? scopeMetrics?.[0].metrics ?? [];
}

/** String and integer attributes as a plain object. */
export function attributesOf(value: unknown): Record<string, unknown> {
  const list = value as readonly { key: string; value: Json }[] | undefined;
  return Object.fromEntries(
    (list ?? []).map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? intValue]),
  );
}

export const resourceOf = (pdata: Pdata): Record<string, unknown> =>
  attributesOf(group(pdata).resource.attributes);
