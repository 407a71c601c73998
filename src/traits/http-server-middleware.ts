import type { DenialReason } from './bearer-token-authorizer.js';
import type { Secret } from './secret.js';
import { createTrait, type ExtensionTrait } from './trait.js';

/** A request that has come in, over HTTP or gRPC, as far as it concerns its headers. */
export interface IncomingRequest {
  readonly protocol: 'grpc' | 'http';
  readonly signal: 'traces' | 'metrics' | 'logs';
  /**
   * Lower-case name to value; values of a header that stands several times are joined by `, `, and those of gRPC's
   * binary metadata (`-bin`) are base64 as they came. What the client sent, so anything may stand in a value.
   */
  readonly headers: ReadonlyMap<string, Secret>;
}

/** Whether a request may go on, and what its data is to carry along. */
export type HeaderDecision =
  | {
      readonly allowed: true;
      /** Goes with the data, and before what the client itself said under the same names. */
      readonly metadata?: ReadonlyMap<string, Secret>;
    }
  | {
      readonly allowed: false;
      readonly reason: DenialReason;
      /** Told to the client: what is wrong, such as which header is missing. Holds nothing secret. */
      readonly message: string;
    };

/** Checks the headers of incoming requests: HTTP headers and gRPC metadata alike. */
export interface HttpServerMiddleware {
  /**
   * Asked once for each request, before its body is looked at.
   *
   * @throws when it cannot decide; the receiver then fails closed and lets nothing through (503, `UNAVAILABLE`)
   */
  checkHeaders(request: IncomingRequest): Promise<HeaderDecision>;
}

export const HttpServerMiddleware: ExtensionTrait<HttpServerMiddleware> = createTrait<HttpServerMiddleware>({
  id: 'HttpServerMiddleware',
  name: 'http_server_middleware',
  description: 'Checks the headers of incoming requests and adds to what their data carries along.',
  methods: { checkHeaders: 'async' },
  handle: (target) => ({ checkHeaders: (request) => target.counted(target.current.checkHeaders(request)) }),
});
