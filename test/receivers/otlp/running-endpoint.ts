import { alone } from '../../../src/pipeline/listening.js';
import {
  type GrpcSettings,
  type HttpSettings,
  OtlpReceiverConfig,
} from '../../../src/receivers/otlp/config.js';
import type { Endpoint } from '../../../src/receivers/otlp/endpoint.js';
import { GrpcEndpoint } from '../../../src/receivers/otlp/grpc-endpoint.js';
import { HttpEndpoint } from '../../../src/receivers/otlp/http-endpoint.js';
import { CapturedLogger, FakeClock, TestEffectHandler } from '../../../src/testing/index.js';

/** One endpoint of a receiver on a real socket, with a clock that the test moves. */
export interface RunningEndpoint<E extends Endpoint> extends AsyncDisposable {
  readonly endpoint: E;
  readonly effect: TestEffectHandler;
  readonly clock: FakeClock;
  /** `host:port` */
  readonly address: string;
}

const TERMS = { includeHeaders: [], rateLimit: undefined };
const ANYWHERE = { listening_addr: '127.0.0.1:0' };

export function runGrpcEndpoint(): Promise<RunningEndpoint<GrpcEndpoint>> {
  const { grpc } = OtlpReceiverConfig.parse({ protocols: { grpc: ANYWHERE } }).protocols;
  return run((effect) => new GrpcEndpoint(effect, grpc as GrpcSettings, TERMS));
}

export function runHttpEndpoint(): Promise<RunningEndpoint<HttpEndpoint>> {
  const { http } = OtlpReceiverConfig.parse({ protocols: { http: ANYWHERE } }).protocols;
  return run((effect) => new HttpEndpoint(effect, http as HttpSettings, TERMS));
}

async function run<E extends Endpoint>(make: (effect: TestEffectHandler) => E): Promise<RunningEndpoint<E>> {
  const logger = new CapturedLogger();
  const clock = new FakeClock();
  const effect = new TestEffectHandler({ clock, logger });
  const endpoint = make(effect);
  await endpoint.listen({
    listen: (server, at, options = {}) => alone.listen('in', server, at, options),
  });
  return {
    endpoint,
    effect,
    clock,
    address: String(logger.lines.find(({ message }) => message === 'listening')?.fields['address']),
    async [Symbol.asyncDispose]() {
      let over = false;
      const ended = endpoint.drain().finally(() => {
        over = true;
      });
      while (!over) await clock.advance(500);
      await ended;
    },
  };
}
