import {
  BearerToken,
  BearerTokenProvider,
  Clock,
  config,
  Extension,
  type ExtensionContext,
  ExtensionLookup,
  HttpConnectionPool,
  inject,
  Logger,
  TokenRefresher,
  TraitErrorFactory,
} from '../../authoring.js';
import { OAuth2ClientAuthConfig, type OAuth2ClientAuthSettings } from './config.js';
import { createGrant, type Grant } from './grants.js';
import { ownConnectionMistakes } from './own-connections.js';
import { TokenEndpoint } from './token-endpoint.js';

/** Bearer tokens from an OAuth 2.0 authorization server, for a client without a user. */
@Extension({
  urn: 'urn:otel:extension:oauth2_client_auth',
  description: 'Bearer tokens from an OAuth 2.0 server, by client credentials or a JWT bearer assertion.',
  traits: [BearerTokenProvider],
  uses: [HttpConnectionPool],
  check: (settings, bound) => (bound.has(HttpConnectionPool) ? ownConnectionMistakes(settings) : []),
  execution: 'shared',
  config: OAuth2ClientAuthConfig,
  readiness: (settings) => settings.startup_timeout,
})
export class OAuth2ClientAuth implements BearerTokenProvider {
  readonly #settings: OAuth2ClientAuthSettings;
  readonly #clock: Clock;
  readonly #grant: Grant;
  readonly #refresher: TokenRefresher;

  constructor(
    @config() settings: OAuth2ClientAuthSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
    @inject(ExtensionLookup) lookup: ExtensionLookup,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    const pool = lookup.findExtension(HttpConnectionPool);
    this.#grant = createGrant(settings, new TokenEndpoint(settings, clock, log, pool), clock);
    this.#refresher = new TokenRefresher({
      acquire: (signal) => this.#acquire(signal),
      refreshAheadMs: settings.expiry_buffer,
      clock,
      log,
      errors,
    });
  }

  start(ctx: ExtensionContext): Promise<void> {
    return this.#refresher.run(ctx);
  }

  getToken(): Promise<BearerToken> {
    return this.#refresher.getToken();
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return this.#refresher.tokenStream();
  }

  async #acquire(signal: AbortSignal): Promise<BearerToken> {
    // The token's life began before its answer arrived, at the latest after the request left.
    const asked = this.#clock.now();
    const response = await this.#grant(signal);
    if (response.token_type !== 'bearer') {
      throw new Error(`the token endpoint issued a token of another type than bearer`);
    }
    const lifetime =
      response.expires_in === undefined ? this.#settings.default_token_lifetime : response.expires_in * 1_000;
    return new BearerToken(response.access_token, asked + lifetime);
  }
}
