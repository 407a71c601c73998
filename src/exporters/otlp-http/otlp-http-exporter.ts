import {
  ACCEPTED_ENCODINGS,
  applyHeaderChanges,
  askForHeaderChanges,
  type BearerToken,
  BearerTokenProvider,
  type CallLimit,
  CallLimits,
  compress,
  compressionToken,
  config,
  EffectHandler,
  Exporter,
  type ExporterNode,
  type HeaderChange,
  HeldBack,
  HttpClientMiddleware,
  HttpConnectionPool,
  inject,
  isRetryableHttpStatus,
  MiddlewareFailure,
  Nack,
  OTLP_USER_AGENT,
  type PartialDelivery,
  type Pass,
  type Pdata,
  parseRetryAfter,
  peerText,
  type Secret,
  type Signal,
  secretsOfChanges,
  TokenSource,
} from '../../authoring.js';
import { OtlpHttpExporterConfig, type OtlpHttpExporterSettings } from './config.js';
import { type HttpAnswer, HttpClient } from './http-client.js';
import { endpointsOf, type HttpEndpoint } from './http-endpoint.js';
import { HttpFailure } from './http-failure.js';
import { ownConnectionMistakes } from './own-connections.js';
import { header, readAcceptance, readRefusal } from './response.js';

/** What a request carries beside the headers of the configuration. */
interface Carried {
  readonly token: BearerToken | undefined;
  readonly changes: readonly HeaderChange[];
}

const NO_CHANGES: readonly HeaderChange[] = Object.freeze([]);

/** Sends OTLP requests by HTTP with protobuf bodies, as they came. */
@Exporter({
  urn: 'exporter:otlp_http',
  description: 'Sends telemetry to an OTLP/HTTP endpoint.',
  config: OtlpHttpExporterConfig,
  uses: [BearerTokenProvider, HttpClientMiddleware, HttpConnectionPool],
  check: (settings, bound) => (bound.has(HttpConnectionPool) ? ownConnectionMistakes(settings) : []),
})
export class OtlpHttpExporter implements ExporterNode {
  readonly maxInFlight: number;
  readonly #settings: OtlpHttpExporterSettings;
  readonly #effect: EffectHandler;
  readonly #client: HttpClient;
  readonly #limits: CallLimits;
  readonly #tokens: TokenSource | undefined;
  readonly #middleware: HttpClientMiddleware | undefined;
  readonly #endpoints: Readonly<Record<Signal, HttpEndpoint>>;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(@config() settings: OtlpHttpExporterSettings, @inject(EffectHandler) effect: EffectHandler) {
    this.#settings = settings;
    this.#effect = effect;
    this.maxInFlight = settings.max_in_flight;
    const pool = effect.findExtension(HttpConnectionPool);
    this.#client = new HttpClient(settings, effect.clock, effect.logger, pool);
    this.#limits = new CallLimits(effect.clock, settings.http.timeout);
    this.#endpoints = endpointsOf(settings);
    this.#headers = baseHeaders(settings);
    this.#middleware = effect.findExtension(HttpClientMiddleware);
    const provider = effect.findExtension(BearerTokenProvider);
    if (provider !== undefined) {
      this.#tokens = new TokenSource(provider, { clock: effect.clock, log: effect.logger });
    }
    if (settings.http.tls?.insecure_skip_verify === true) {
      effect.logger.warn(
        'tls.insecure_skip_verify: the server may be anybody; its certificate is not checked',
      );
    }
  }

  async export(pdata: Pdata, signal: AbortSignal): Promise<PartialDelivery | undefined> {
    const endpoint = this.#endpoints[pdata.signal];
    const token = await this.#usableToken(endpoint, signal);
    const limit = this.#limits.begin(signal);
    try {
      const changes =
        this.#middleware === undefined
          ? NO_CHANGES
          : await this.#ask(this.#middleware, pdata, endpoint, limit);
      const carried = { token, changes };
      return await this.#send(pdata, endpoint, carried, limit);
    } finally {
      limit[Symbol.dispose]();
    }
  }

  async shutdown(): Promise<void> {
    this.#tokens?.close();
    await this.#client.close();
  }

  async #usableToken(endpoint: HttpEndpoint, signal: AbortSignal): Promise<BearerToken | undefined> {
    if (this.#tokens === undefined) return undefined;
    try {
      return this.#tokens.current ?? (await this.#tokens.wait(signal));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw Nack.retryable(`${endpoint.shown}: ${reason}`, { cause });
    }
  }

  /** What the middleware wants changed. A request that it did not see to is not sent. */
  async #ask(
    middleware: HttpClientMiddleware,
    { metadata, signal }: Pdata,
    { origin, shown }: HttpEndpoint,
    limit: CallLimit,
  ): Promise<readonly HeaderChange[]> {
    const authority = origin.slice(origin.indexOf('//') + 2);
    const request = { protocol: 'http', signal, authority, metadata } as const;
    try {
      return await askForHeaderChanges(middleware, request, limit.signal);
    } catch (cause) {
      if (!(cause instanceof MiddlewareFailure)) throw cause;
      throw Nack.retryable(`${shown}: ${cause.message}`, { cause });
    }
  }

  async #send(
    pdata: Pdata,
    endpoint: HttpEndpoint,
    carried: Carried,
    limit: CallLimit,
  ): Promise<PartialDelivery | undefined> {
    const pass = await this.#enter(endpoint, limit);
    try {
      const answer = await this.#post(pdata, endpoint, carried, limit, pass);
      if (answer.status < 200 || answer.status > 299) {
        const refusal = await this.#refusal(endpoint, answer, carried);
        // A token that was refused is the provider's to renew: the server itself is well.
        if (refusal.permanent || answer.status === 401) pass.answered();
        else pass.refused(`HTTP ${answer.status}`, refusal.retryAfterMs);
        throw refusal;
      }
      pass.answered();
      return await this.#readAcceptance(pdata, answer, carried);
    } finally {
      pass.release();
    }
  }

  async #enter(endpoint: HttpEndpoint, limit: CallLimit): Promise<Pass> {
    try {
      return await this.#client.enter(endpoint, limit);
    } catch (cause) {
      if (!(cause instanceof HeldBack)) throw cause;
      const why = this.#givenUp(limit);
      const { message, retryAfterMs } = cause;
      throw Nack.retryable(`${endpoint.shown}: ${why === undefined ? message : `${why}; ${message}`}`, {
        cause,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
  }

  async #post(
    pdata: Pdata,
    endpoint: HttpEndpoint,
    carried: Carried,
    limit: CallLimit,
    pass: Pass,
  ): Promise<HttpAnswer> {
    const body = await compress(pdata.bytes, this.#settings.http.compression);
    const headers = this.#headersWith(carried);
    try {
      return await this.#client.post(endpoint, headers, body, limit.signal);
    } catch (cause) {
      if (!(cause instanceof HttpFailure)) throw cause;
      const why = this.#givenUp(limit);
      if (why === undefined) pass.refused(cause.message);
      throw Nack.retryable(`${endpoint.shown}: ${why ?? cause.message}`, { cause });
    }
  }

  /** Static headers, then the middleware's changes, then the token: each has the last word over those before. */
  #headersWith({ changes, token }: Carried): Readonly<Record<string, string>> {
    if (changes.length === 0 && token === undefined) return this.#headers;
    const headers = { ...this.#headers };
    applyHeaderChanges(headers, changes);
    if (token !== undefined) headers['authorization'] = token.toAuthorizationHeader();
    return headers;
  }

  /** Why a call was given up from this side; `undefined` when it was not. */
  #givenUp(limit: CallLimit): string | undefined {
    if (limit.ended === 'stopped') return 'the pipeline stopped before the server answered';
    return limit.ended === 'timed-out' ? `no answer within ${this.#settings.http.timeout} ms` : undefined;
  }

  async #refusal(endpoint: HttpEndpoint, answer: HttpAnswer, carried: Carried): Promise<Nack> {
    const { status } = answer;
    const { token } = carried;
    if (status === 401 && token !== undefined) this.#tokens?.refused(token);
    const { message, retryDelayMs } = await readRefusal(answer, this.#settings.max_response_body_length);
    const said =
      status >= 300 && status <= 399
        ? redirectRefused(answer, this.#secrets(carried))
        : peerText(message, this.#secrets(carried));
    const reason = `${endpoint.shown}: HTTP ${status}${said === '' ? '' : `: ${said}`}`;
    if (!isRetryableHttpStatus(status, { tokenBound: token !== undefined })) return Nack.permanent(reason);
    const asked = header(answer, 'retry-after');
    const retryAfterMs =
      (asked === undefined ? undefined : parseRetryAfter(asked, this.#effect.clock.wallTime())) ??
      retryDelayMs;
    return Nack.retryable(reason, retryAfterMs === undefined ? {} : { retryAfterMs });
  }

  /** The data is taken whatever the response holds, except for what it says was rejected. */
  async #readAcceptance(
    pdata: Pdata,
    answer: HttpAnswer,
    carried: Carried,
  ): Promise<PartialDelivery | undefined> {
    try {
      const partial = await readAcceptance(pdata.signal, answer, this.#settings.max_response_body_length);
      if (partial === undefined) return undefined;
      const reason = peerText(partial.errorMessage, this.#secrets(carried));
      if (partial.rejected > 0) return { rejectedItems: partial.rejected, reason };
      this.#effect.logger.debug('the server accepted a request and warns', { signal: pdata.signal, reason });
    } catch (error) {
      this.#effect.logger.debug('the server accepted a request with a response that cannot be read', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
    return undefined;
  }

  #secrets({ changes, token }: Carried): (Secret | undefined)[] {
    return [token?.secret, ...this.#settings.http.headers.values(), ...secretsOfChanges(changes)];
  }
}

function baseHeaders({ http }: OtlpHttpExporterSettings): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    'user-agent': OTLP_USER_AGENT,
    accept: 'application/x-protobuf',
    'accept-encoding': ACCEPTED_ENCODINGS,
    'content-type': 'application/x-protobuf',
  };
  if (http.compression !== 'none') headers['content-encoding'] = compressionToken(http.compression);
  for (const [name, value] of http.headers) headers[name] = value.reveal();
  return headers;
}

/** Following would hand the credentials to whomever the server names; where it points is shown without its query. */
function redirectRefused(answer: HttpAnswer, secrets: readonly (Secret | undefined)[]): string {
  const target = URL.parse(header(answer, 'location') ?? '');
  const where = target === null ? '' : peerText(`${target.origin}${target.pathname}`, secrets);
  return `the server redirects${where === '' ? '' : ` to ${where}`}; redirects are not followed, configure the final endpoint`;
}
