import {
  type AuthorizationDecision,
  BearerToken,
  BearerTokenAuthorizer,
  BearerTokenProvider,
  Clock,
  config,
  Extension,
  type ExtensionContext,
  type ExtensionTrait,
  FollowedSecret,
  fitsHeader,
  inject,
  LatestToken,
  Logger,
  type Secret,
  type TraitError,
  TraitErrorFactory,
  UNFIT_FOR_HEADER,
} from '../../authoring.js';
import { AdmittedTokens } from './admitted-tokens.js';
import { BearerTokenAuthConfig, type BearerTokenAuthSettings } from './config.js';

/** One token that both sides share: given to senders, and asked of those who send here. */
@Extension({
  urn: 'urn:otel:extension:bearer_token_auth',
  description: 'A static bearer token, or one from a file that is followed; for senders and for receivers.',
  traits: [BearerTokenProvider, BearerTokenAuthorizer],
  execution: 'local',
  config: BearerTokenAuthConfig,
  readiness: true,
})
export class BearerTokenAuth implements BearerTokenProvider, BearerTokenAuthorizer {
  readonly #settings: BearerTokenAuthSettings;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #errors: TraitErrorFactory;
  readonly #latest: LatestToken;
  readonly #admitted: AdmittedTokens;
  #name = '';

  constructor(
    @config() settings: BearerTokenAuthSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#errors = errors;
    this.#latest = new LatestToken(() => clock.now());
    this.#admitted = new AdmittedTokens(settings.previous_token_grace);
  }

  /** @throws Error when the token file cannot be used at the start */
  async start(ctx: ExtensionContext): Promise<void> {
    this.#name = ctx.name;
    const { token, token_file: path, poll_interval: pollIntervalMs } = this.#settings;
    try {
      if (path === undefined) {
        if (token !== undefined) this.#use(token);
        ctx.ready();
        await ctx.stopping();
      } else {
        const file = this.#follow(path, pollIntervalMs);
        this.#use(await file.open(ctx.signal));
        ctx.ready();
        await file.follow(ctx.signal);
      }
    } catch (error) {
      // Stopped while it read the file for the first time.
      if (!ctx.signal.aborted) throw error;
    } finally {
      this.#latest.close();
      this.#admitted.clear();
    }
  }

  async getToken(): Promise<BearerToken> {
    const token = this.#latest.usable();
    if (token === undefined) throw this.#notServing(BearerTokenProvider);
    return token;
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return this.#latest.stream();
  }

  async authorize(token: Secret | undefined): Promise<AuthorizationDecision> {
    if (!this.#admitted.known) throw this.#notServing(BearerTokenAuthorizer);
    if (token === undefined) return { allowed: false, reason: 'MissingCredential' };
    return this.#admitted.has(token, this.#clock.now())
      ? { allowed: true, identity: { subject: this.#name } }
      : { allowed: false, reason: 'InvalidCredential' };
  }

  #follow(path: string, pollIntervalMs: number): FollowedSecret {
    return new FollowedSecret({
      path,
      field: 'token_file',
      pollIntervalMs,
      clock: this.#clock,
      log: this.#log,
      problemOf: (token) => (fitsHeader(token.reveal()) ? undefined : UNFIT_FOR_HEADER),
      onChange: (token) => this.#use(token),
    });
  }

  #use(token: Secret): void {
    this.#admitted.admit(token, this.#clock.now());
    this.#latest.publish(new BearerToken(token));
  }

  #notServing(trait: ExtensionTrait<unknown>): TraitError {
    return this.#errors.create(trait, 'has no token: it has not started, or has stopped');
  }
}
