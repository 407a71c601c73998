import type { BearerToken } from './bearer-token.js';
import { NearbyToken } from './nearby-token.js';
import { createTrait, type ExtensionTrait } from './trait.js';

/** Gives bearer tokens to components that send requests. */
export interface BearerTokenProvider {
  /**
   * The current token, usable for more than 30 s from now. Waits for one that is being fetched; callers that
   * wait at the same time share one fetch.
   *
   * @throws TraitError when no usable token can be had now; asking again later may succeed.
   */
  getToken(): Promise<BearerToken>;

  /**
   * Every token as it becomes current. A late subscriber gets the current token at once; a failed refresh does
   * not end the stream; it ends when the extension stops.
   */
  tokenStream(): AsyncIterable<BearerToken>;
}

export const BearerTokenProvider: ExtensionTrait<BearerTokenProvider> = createTrait<BearerTokenProvider>({
  id: 'BearerTokenProvider',
  name: 'bearer_token_provider',
  description: 'Gives bearer tokens to components that send requests.',
  methods: { getToken: 'async', tokenStream: 'stream' },
  handle: (target) => ({
    getToken: () => target.counted(target.current.getToken()),
    tokenStream: () => target.follow((instance) => instance.tokenStream()),
  }),
  nearby: (remote, context) => new NearbyToken(remote, context),
});
