import {
  BearerToken,
  BearerTokenProvider,
  Clock,
  config,
  Extension,
  type ExtensionContext,
  inject,
  Logger,
  TokenRefresher,
  TraitErrorFactory,
  withDeadline,
} from '../../authoring.js';
import { azureError } from './azure-text.js';
import { cuttingConnections } from './cancellable-agent.js';
import { AzureIdentityAuthConfig, type AzureIdentityAuthSettings } from './config.js';
import { type CredentialFactory, loadCredentialFactory } from './credentials.js';

/** Just under the 300 s within which Azure's library no longer serves a token from its cache. */
const REFRESH_AHEAD_MS = 299_000;

/** The limit of one token request. */
const ACQUIRE_TIMEOUT_MS = 30_000;

/** Bearer tokens from Microsoft Entra ID. */
@Extension({
  urn: 'urn:microsoft:extension:azure_identity_auth',
  description:
    'Bearer tokens from Microsoft Entra ID, by managed identity, workload identity or developer login.',
  traits: [BearerTokenProvider],
  execution: 'shared',
  config: AzureIdentityAuthConfig,
  readiness: (settings) => settings.startup_timeout,
})
export class AzureIdentityAuthExtension implements BearerTokenProvider {
  readonly #settings: AzureIdentityAuthSettings;
  readonly #clock: Clock;
  readonly #refresher: TokenRefresher;
  #newCredential: CredentialFactory = () => {
    throw new Error('has not started');
  };

  constructor(
    @config() settings: AzureIdentityAuthSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#refresher = new TokenRefresher({
      acquire: (signal) => this.#acquire(signal),
      refreshAheadMs: REFRESH_AHEAD_MS,
      clock,
      log,
      errors,
    });
  }

  /** @throws Error when a workload identity lacks something that neither configuration nor environment gives */
  async start(ctx: ExtensionContext): Promise<void> {
    this.#newCredential = await loadCredentialFactory(this.#settings, process.env);
    await this.#refresher.run(ctx);
  }

  getToken(): Promise<BearerToken> {
    return this.#refresher.getToken();
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return this.#refresher.tokenStream();
  }

  async #acquire(signal: AbortSignal): Promise<BearerToken> {
    try {
      return await withDeadline(this.#clock, ACQUIRE_TIMEOUT_MS, signal, (limit) =>
        cuttingConnections(limit, () => this.#request(limit)),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw azureError(error, process.env);
    }
  }

  async #request(signal: AbortSignal): Promise<BearerToken> {
    const token = await this.#newCredential(signal).getToken(this.#settings.scope, { abortSignal: signal });
    if (token === null) throw new Error('the credential gave no token');
    const lifeLeft = token.expiresOnTimestamp - this.#clock.wallTime();
    return new BearerToken(token.token, this.#clock.now() + lifeLeft);
  }
}
