import {
  Clock,
  config,
  Extension,
  type ExtensionContext,
  FollowedSecret,
  followSecrets,
  type HeaderChange,
  HttpClientMiddleware,
  headerValueProblem,
  inject,
  Logger,
  type OutgoingRequest,
  TraitErrorFactory,
} from '../../authoring.js';
import { HeadersSetterConfig, type HeadersSetterSettings } from './config.js';
import { type HeaderRule, headerRule, NotRead } from './header-rule.js';

/** Sets headers of outgoing requests: from the configuration, from files, or from the request that is forwarded. */
@Extension({
  urn: 'urn:otel:extension:headers_setter',
  description:
    'Sets headers of outgoing requests, from values, files, or the request that is being forwarded.',
  traits: [HttpClientMiddleware],
  execution: 'local',
  config: HeadersSetterConfig,
  readiness: true,
})
export class HeadersSetter implements HttpClientMiddleware {
  readonly #errors: TraitErrorFactory;
  readonly #files: readonly FollowedSecret[];
  readonly #rules: readonly HeaderRule[];
  /** What every request gets, when all get the same. */
  readonly #constant: readonly HeaderChange[] | undefined;

  constructor(
    @config() settings: HeadersSetterSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#errors = errors;
    const files: FollowedSecret[] = [];
    this.#rules = settings.headers.map((header, index) => {
      if (header.value_file === undefined) return headerRule(header, undefined);
      const file = new FollowedSecret({
        path: header.value_file,
        field: `headers[${index}].value_file`,
        pollIntervalMs: settings.poll_interval,
        clock,
        log,
        problemOf: (value) => headerValueProblem(value.reveal()),
      });
      files.push(file);
      return headerRule(header, file);
    });
    this.#files = files;
    this.#constant = this.#rules.every((rule) => rule.constant)
      ? Object.freeze(this.#rules.flatMap((rule) => rule.change(NOBODY) ?? []))
      : undefined;
  }

  /** @throws Error when a file cannot be used at the start */
  async start(ctx: ExtensionContext): Promise<void> {
    await followSecrets(this.#files, ctx);
  }

  async changeHeaders(request: OutgoingRequest): Promise<readonly HeaderChange[]> {
    if (this.#constant !== undefined) return this.#constant;
    const changes: HeaderChange[] = [];
    try {
      for (const rule of this.#rules) {
        const change = rule.change(request);
        if (change !== undefined) changes.push(change);
      }
    } catch (error) {
      if (error instanceof NotRead) throw this.#errors.create(HttpClientMiddleware, error.message);
      throw error;
    }
    return changes;
  }
}

/** Rules that are constant do not look at the request. */
const NOBODY: OutgoingRequest = { protocol: 'http', signal: 'logs', authority: '', metadata: undefined };
