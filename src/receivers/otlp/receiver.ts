import {
  BearerTokenAuthorizer,
  config,
  EffectHandler,
  HttpServerMiddleware,
  inject,
  RateLimiter,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
} from '../../authoring.js';
import { OtlpReceiverConfig, type OtlpReceiverSettings } from './config.js';
import type { Endpoint } from './endpoint.js';
import { GrpcEndpoint } from './grpc-endpoint.js';
import { HttpEndpoint } from './http-endpoint.js';
import { type RateLimit, rateLimitMistakes, rateLimitOf } from './rate-limit.js';

/**
 * Takes OTLP over gRPC and HTTP. With a `bearer_token_authorizer` or an `http_server_middleware` bound it lets nobody in
 * unasked, and with a `rate_limiter` no more than that grants.
 */
@Receiver({
  urn: 'receiver:otlp',
  description:
    'Takes traces, metrics and logs as OTLP over gRPC and HTTP, optionally from authorized callers only.',
  config: OtlpReceiverConfig,
  uses: [BearerTokenAuthorizer, HttpServerMiddleware, RateLimiter],
  check: ({ rate_limit }, bound) => rateLimitMistakes(rate_limit, bound),
})
export class OtlpReceiver implements ReceiverNode {
  readonly #endpoints: readonly Endpoint[];
  readonly #rateLimit: RateLimit | undefined;

  constructor(@config() settings: OtlpReceiverSettings, @inject(EffectHandler) effect: EffectHandler) {
    const { include_headers: includeHeaders, protocols, rate_limit } = settings;
    this.#rateLimit = rateLimitOf(effect, rate_limit);
    const terms = { includeHeaders, rateLimit: this.#rateLimit };
    const { grpc, http } = protocols;
    this.#endpoints = [
      ...(grpc === undefined ? [] : [new GrpcEndpoint(effect, grpc, terms)]),
      ...(http === undefined ? [] : [new HttpEndpoint(effect, http, terms)]),
    ];
  }

  async start(ctx: ReceiverContext): Promise<void> {
    try {
      for (const endpoint of this.#endpoints) await endpoint.listen(ctx);
      ctx.ready();
      await ctx.stopping();
    } finally {
      // After a failed start too: one that listens must not be left behind by one that cannot.
      const drained = this.#endpoints.map((endpoint) => endpoint.drain());
      this.#rateLimit?.holdNoMore();
      await Promise.all(drained);
    }
  }
}
