import { BearerTokenAuthorizer } from './bearer-token-authorizer.js';
import { BearerTokenProvider } from './bearer-token-provider.js';
import { HttpClientMiddleware } from './http-client-middleware.js';
import { HttpConnectionPool } from './http-connection-pool.js';
import { HttpServerMiddleware } from './http-server-middleware.js';
import { KeyValueStore } from './key-value-store.js';
import { RateLimiter } from './rate-limiter.js';
import type { ExtensionTrait } from './trait.js';

export { BearerToken, USABLE_MARGIN_MS } from './bearer-token.js';
export {
  type AuthorizationDecision,
  BearerTokenAuthorizer,
  type DenialReason,
  type Identity,
} from './bearer-token-authorizer.js';
export { BearerTokenProvider } from './bearer-token-provider.js';
export {
  type ForwardedHeaders,
  type HeaderChange,
  HttpClientMiddleware,
  type OutgoingRequest,
} from './http-client-middleware.js';
export { HttpConnectionPool } from './http-connection-pool.js';
export {
  type HeaderDecision,
  HttpServerMiddleware,
  type IncomingRequest,
} from './http-server-middleware.js';
export {
  type KeyValueEntriesOptions,
  type KeyValueEntry,
  type KeyValueOperation,
  KeyValueStore,
  LARGEST_VALUE,
  LONGEST_KEY,
} from './key-value-store.js';
export { LatestToken } from './latest-token.js';
export { type RateDecision, RateLimiter } from './rate-limiter.js';
export { Secret } from './secret.js';
export { type ExtensionTrait, isTrait, type TraitInstance } from './trait.js';

/** Every trait there is, in the order of their YAML names. */
export const traits: readonly ExtensionTrait<unknown>[] = Object.freeze([
  BearerTokenAuthorizer,
  BearerTokenProvider,
  HttpClientMiddleware,
  HttpConnectionPool,
  HttpServerMiddleware,
  KeyValueStore,
  RateLimiter,
]);
