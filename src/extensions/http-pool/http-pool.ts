import type { Agent, Dispatcher } from 'undici';
import {
  abortable,
  Clock,
  config,
  Extension,
  type ExtensionContext,
  HttpConnectionPool,
  inject,
  Logger,
  TraitErrorFactory,
} from '../../authoring.js';
import { makeAgent } from './agent.js';
import { HttpPoolConfig, type HttpPoolSettings } from './config.js';
import { Connector } from './connector.js';
import { Proxies } from './proxies.js';
import { SharedDispatcher } from './shared-dispatcher.js';

/** HTTP connections that exporters and other extensions share. */
@Extension({
  urn: 'urn:otel:extension:http_pool',
  description: 'Shared HTTP connections with TLS, a forward proxy and limits.',
  traits: [HttpConnectionPool],
  execution: 'local',
  config: HttpPoolConfig,
  readiness: true,
})
export class HttpPool implements HttpConnectionPool {
  readonly #settings: HttpPoolSettings;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #errors: TraitErrorFactory;
  readonly #connector: Connector;
  readonly #agent: Agent;
  readonly #shared: SharedDispatcher;
  #stopping = false;

  constructor(
    @config() settings: HttpPoolSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#errors = errors;
    this.#connector = new Connector(settings, new Proxies(settings.proxy, process.env, log), clock, log);
    this.#agent = makeAgent(settings, this.#connector);
    this.#shared = new SharedDispatcher(this.#agent);
    for (const [part, tls] of [
      ['tls', settings.tls],
      ['proxy.tls', settings.proxy?.tls],
    ] as const) {
      if (tls?.insecure_skip_verify === true) {
        log.warn(
          `${part}.insecure_skip_verify: the other side may be anybody; its certificate is not checked`,
        );
      }
    }
  }

  /** @throws Error when a file that the settings name cannot be read at the start */
  async start(ctx: ExtensionContext): Promise<void> {
    try {
      await abortable(ctx.signal, this.#connector.check());
      ctx.ready();
      await ctx.stopping();
    } catch (error) {
      // Stopped while it read the files.
      if (!ctx.signal.aborted) throw error;
    } finally {
      await this.#close();
    }
  }

  dispatcher(): Dispatcher {
    if (this.#stopping) throw this.#errors.create(HttpConnectionPool, 'has stopped');
    return this.#shared;
  }

  /** Lets the requests under way end, for a while. */
  async #close(): Promise<void> {
    this.#stopping = true;
    this.#connector.closeAbandoned();
    const expired = Promise.withResolvers<'expired'>();
    using _timer = this.#clock.setTimeout(() => expired.resolve('expired'), this.#settings.drain_timeout);
    const outcome = await Promise.race([this.#agent.close(), expired.promise]);
    if (outcome === 'expired') {
      this.#log.warn('requests under way were broken off: they took longer than drain_timeout');
    }
    // Also those of requests under way, which an agent that is being closed does not know any more.
    this.#connector.close();
  }
}
