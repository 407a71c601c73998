import type { Secret } from './secret.js';
import { createTrait, type ExtensionTrait } from './trait.js';

/** Headers of the request that brought some data, by lower-case name. A value may be a credential. */
export interface ForwardedHeaders {
  readonly size: number;
  names(): Iterable<string>;
  /** The value of a header; it can be sent as it is. Keep it nowhere, and let no message show it. */
  reveal(name: string): string | undefined;
}

/** A request that is about to be sent, over HTTP or gRPC, as far as it concerns its headers. */
export interface OutgoingRequest {
  readonly protocol: 'grpc' | 'http';
  readonly signal: 'traces' | 'metrics' | 'logs';
  /** Where it goes: `host:port`, or `host` where the port is the scheme's own. */
  readonly authority: string;
  /** Headers of the request that brought the data which is now forwarded; `undefined` when none were kept. */
  readonly metadata: ForwardedHeaders | undefined;
}

/**
 * What is to become of one header. `insert` sets it unless the request has it, `update` only if the request has it,
 * `upsert` in either case. Names are in lower case; a value is visible ASCII with spaces inside only.
 */
export type HeaderChange =
  | { readonly action: 'insert' | 'update' | 'upsert'; readonly name: string; readonly value: Secret }
  | { readonly action: 'delete'; readonly name: string };

/** Changes the headers of outgoing requests: HTTP headers and gRPC metadata alike. */
export interface HttpClientMiddleware {
  /**
   * Asked once for each request, a request that is sent again included, before it is sent. What the client sets
   * itself for the protocol (framing, content type, `accept`, `user-agent`, `grpc-*`, `-bin`) cannot be changed: a
   * change that tries, or whose value no header can carry, fails the request.
   *
   * @returns changes in the order in which they are made; empty for none
   * @throws when it cannot say; the request is then not sent, and whoever sends it may try again
   */
  changeHeaders(request: OutgoingRequest): Promise<readonly HeaderChange[]>;
}

export const HttpClientMiddleware: ExtensionTrait<HttpClientMiddleware> = createTrait<HttpClientMiddleware>({
  id: 'HttpClientMiddleware',
  name: 'http_client_middleware',
  description: 'Changes the headers of outgoing requests.',
  methods: { changeHeaders: 'async' },
  handle: (target) => ({ changeHeaders: (request) => target.counted(target.current.changeHeaders(request)) }),
});
