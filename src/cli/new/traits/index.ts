import { ScaffoldError } from '../scaffold-error.js';
import { bearerTokenAuthorizer } from './bearer-token-authorizer.js';
import { bearerTokenProvider } from './bearer-token-provider.js';
import { httpClientMiddleware } from './http-client-middleware.js';
import { httpConnectionPool } from './http-connection-pool.js';
import { httpServerMiddleware } from './http-server-middleware.js';
import { keyValueStore } from './key-value-store.js';
import { rateLimiter } from './rate-limiter.js';
import type { TraitSample } from './trait-sample.js';

export type { TraitSample } from './trait-sample.js';

/** The traits that a new extension can begin with, in the order of their names. */
export const traitSamples: readonly TraitSample[] = Object.freeze([
  bearerTokenAuthorizer,
  bearerTokenProvider,
  httpClientMiddleware,
  httpConnectionPool,
  httpServerMiddleware,
  keyValueStore,
  rateLimiter,
]);

/** What a new extension provides when nobody said. */
export const DEFAULT_TRAITS: readonly string[] = Object.freeze([bearerTokenProvider.name]);

/** @throws ScaffoldError when there is no sample of a trait, or one is named twice */
export function samplesOf(names: readonly string[]): readonly TraitSample[] {
  const known = traitSamples.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) {
      throw new ScaffoldError(
        `a new extension cannot begin with the trait '${name}'; choose of ${known.join(', ')}`,
      );
    }
    if (names.indexOf(name) !== index) throw new ScaffoldError(`the trait '${name}' is named twice`);
  }
  return traitSamples.filter(({ name }) => names.includes(name));
}
