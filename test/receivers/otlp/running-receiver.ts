import type { z } from 'zod';
import { alone } from '../../../src/pipeline/listening.js';
import { OtlpReceiverConfig } from '../../../src/receivers/otlp/config.js';
import { OtlpReceiver } from '../../../src/receivers/otlp/index.js';
import {
  CapturedLogger,
  FakeClock,
  TestEffectHandler,
  type TestEffectOptions,
} from '../../../src/testing/index.js';

type Config = z.input<typeof OtlpReceiverConfig>;
type Protocols = Config['protocols'];

/** A receiver on real sockets, with a clock that the test moves. */
export interface RunningReceiver extends AsyncDisposable {
  readonly effect: TestEffectHandler;
  readonly log: CapturedLogger;
  readonly clock: FakeClock;
  /** `host:port`, as the receiver said when it began to listen. */
  readonly grpc: string;
  readonly http: string;
  /** Aborts the receiver's signal; resolves when `start` has returned. */
  stop(): Promise<void>;
}

/** Starts a receiver on free ports. `protocols` names what to listen for and what differs from the defaults. */
export async function runReceiver(
  protocols: Protocols = { grpc: {}, http: {} },
  options: Omit<TestEffectOptions, 'clock' | 'logger'> & {
    readonly includeHeaders?: readonly string[];
    readonly rateLimit?: NonNullable<Config['rate_limit']>;
    /** A clock that the extensions have too. */
    readonly clock?: FakeClock;
  } = {},
): Promise<RunningReceiver> {
  const log = new CapturedLogger();
  const clock = options.clock ?? new FakeClock();
  const force = new AbortController();
  const signal = AbortSignal.any([force.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const effect = new TestEffectHandler({ ...options, signal, clock, logger: log });
  const anywhere = { listening_addr: '127.0.0.1:0' };
  const settings = OtlpReceiverConfig.parse({
    include_headers: [...(options.includeHeaders ?? [])],
    ...(options.rateLimit === undefined ? {} : { rate_limit: options.rateLimit }),
    protocols: {
      ...(protocols.grpc === undefined ? {} : { grpc: { ...anywhere, ...protocols.grpc } }),
      ...(protocols.http === undefined ? {} : { http: { ...anywhere, ...protocols.http } }),
    },
  });
  const receiver = new OtlpReceiver(settings, effect);
  const abort = new AbortController();
  const stopping = new Promise<void>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const ready = Promise.withResolvers<void>();
  const running = receiver.start({
    signal: abort.signal,
    ready: ready.resolve,
    stopping: () => stopping,
    listen: (server, address, listenOptions = {}) => alone.listen('in', server, address, listenOptions),
  });
  await Promise.race([ready.promise, running]);
  const addressOf = (protocol: string): string => {
    const line = log.lines.find((l) => l.message === 'listening' && l.fields['protocol'] === protocol);
    return String(line?.fields['address'] ?? 'not listening');
  };
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
  };
  return {
    effect,
    log,
    clock,
    grpc: addressOf('grpc'),
    http: addressOf('http'),
    stop,
    async [Symbol.asyncDispose]() {
      abort.abort();
      let over = false;
      const ended = running.finally(() => {
        over = true;
      });
      // Connections that the test left open close when their time is over; what is still in work then is refused.
      for (let step = 0; !over; step++) {
        if (step === 10) force.abort();
        await clock.advance(500);
      }
      await ended;
    },
  };
}
