import type { Dispatcher } from 'undici';
import { createTrait, type ExtensionTrait } from './trait.js';

/**
 * HTTP connections that components share, with the trust, the proxy and the limits that the pool is configured for.
 *
 * The pool belongs to its extension. A consumer never closes or destroys the dispatcher, and asks for it anew for each
 * request: the instance behind the handle can be replaced at any time. A pool that was replaced, or stops, takes no
 * new requests and closes its connections after the last one that is under way.
 *
 * @example
 * const response = await pool.dispatcher().request({ origin, path, method: 'POST', headers, body, signal });
 */
export interface HttpConnectionPool {
  /**
   * What to send one request with, at once: not after a wait. It is the same object until the pool is replaced, and
   * emits `connect` and `connectionError` with the origin, as undici's `Agent` does. Connecting is limited by the
   * pool; the limits of the request are the caller's, by its signal.
   *
   * @throws TraitError when the pool has stopped; a request tried again later may find its successor.
   */
  dispatcher(): Dispatcher;
}

export const HttpConnectionPool: ExtensionTrait<HttpConnectionPool> = createTrait<HttpConnectionPool>({
  id: 'HttpConnectionPool',
  name: 'http_connection_pool',
  description: 'HTTP connections that components share, with trust, proxy and limits of their own.',
  methods: { dispatcher: 'direct' },
  handle: (target) => ({ dispatcher: () => target.current.dispatcher() }),
});
