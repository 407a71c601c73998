import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import {
  ACCEPTED_ENCODINGS,
  applyHeaderChanges,
  askForHeaderChanges,
  type BearerToken,
  BearerTokenProvider,
  type CallLimit,
  CallLimits,
  compress,
  compressionFromToken,
  compressionToken,
  config,
  decodeExportResponse,
  decompress,
  EffectHandler,
  Exporter,
  type ExporterNode,
  encodeFrameOf,
  formatGrpcTimeout,
  framePrefix,
  GrpcStatus,
  grpcStatusName,
  type HeaderChange,
  HeldBack,
  HttpClientMiddleware,
  inject,
  isRetryableGrpcStatus,
  joinPieces,
  lengthOfPieces,
  MalformedPayload,
  MiddlewareFailure,
  Nack,
  OTLP_USER_AGENT,
  otlpServices,
  type PartialDelivery,
  type PartialSuccess,
  type Pdata,
  type Pieces,
  peerText,
  type Secret,
  secretsOfChanges,
  TokenSource,
} from '../../authoring.js';
import { OtlpGrpcExporterConfig, type OtlpGrpcExporterSettings, usesTls } from './config.js';
import { LeaseAborted } from './connection.js';
import { ConnectError } from './dial.js';
import { GrpcClient } from './grpc-client.js';
import { type CallOutcome, MAX_RESPONSE_BYTES } from './unary-call.js';

/** Up to this many bytes a message is copied behind its prefix: cheaper than a second write. */
const COPIED_BYTES = 16 * 1024;

/** What a request carries beside the headers of the configuration. */
interface Carried {
  readonly token: BearerToken | undefined;
  readonly changes: readonly HeaderChange[];
}

const NO_CHANGES: readonly HeaderChange[] = Object.freeze([]);

/** Sends OTLP requests by gRPC, as they came. */
@Exporter({
  urn: 'exporter:otlp_grpc',
  description: 'Sends telemetry to an OTLP/gRPC endpoint.',
  config: OtlpGrpcExporterConfig,
  uses: [BearerTokenProvider, HttpClientMiddleware],
})
export class OtlpGrpcExporter implements ExporterNode {
  readonly maxInFlight: number;
  readonly #settings: OtlpGrpcExporterSettings;
  readonly #effect: EffectHandler;
  readonly #client: GrpcClient;
  readonly #limits: CallLimits;
  readonly #tokens: TokenSource | undefined;
  readonly #middleware: HttpClientMiddleware | undefined;
  readonly #headers: OutgoingHttpHeaders;

  constructor(@config() settings: OtlpGrpcExporterSettings, @inject(EffectHandler) effect: EffectHandler) {
    this.#settings = settings;
    this.#effect = effect;
    this.maxInFlight = settings.max_in_flight;
    this.#client = new GrpcClient(settings, effect.clock, effect.logger);
    this.#limits = new CallLimits(effect.clock, settings.timeout);
    this.#middleware = effect.findExtension(HttpClientMiddleware);
    const provider = effect.findExtension(BearerTokenProvider);
    if (provider !== undefined) {
      this.#tokens = new TokenSource(provider, { clock: effect.clock, log: effect.logger });
    }
    this.#headers = baseHeaders(settings);
    if (settings.tls?.insecure_skip_verify === true && usesTls(settings)) {
      effect.logger.warn(
        'tls.insecure_skip_verify: the server may be anybody; its certificate is not checked',
      );
    }
  }

  async export(pdata: Pdata, signal: AbortSignal): Promise<PartialDelivery | undefined> {
    const token = await this.#usableToken(signal);
    const limit = this.#limits.begin(signal);
    try {
      const changes =
        this.#middleware === undefined ? NO_CHANGES : await this.#ask(this.#middleware, pdata, limit);
      const carried = { token, changes };
      const outcome = await this.#call(pdata, carried, limit);
      if (outcome.code !== GrpcStatus.OK) throw this.#refusal(outcome, carried);
      return await this.#readResponse(pdata, outcome, carried);
    } finally {
      limit[Symbol.dispose]();
    }
  }

  async shutdown(): Promise<void> {
    this.#tokens?.close();
    await this.#client.close();
  }

  async #usableToken(signal: AbortSignal): Promise<BearerToken | undefined> {
    if (this.#tokens === undefined) return undefined;
    try {
      return this.#tokens.current ?? (await this.#tokens.wait(signal));
    } catch (cause) {
      throw Nack.retryable(this.#at(cause instanceof Error ? cause.message : String(cause)), { cause });
    }
  }

  /** What the middleware wants changed. A request that it did not see to is not sent. */
  async #ask(
    middleware: HttpClientMiddleware,
    { metadata, signal }: Pdata,
    limit: CallLimit,
  ): Promise<readonly HeaderChange[]> {
    const { authority } = this.#settings.grpc_endpoint;
    const request = { protocol: 'grpc', signal, authority, metadata } as const;
    try {
      return await askForHeaderChanges(middleware, request, limit.signal);
    } catch (cause) {
      if (!(cause instanceof MiddlewareFailure)) throw cause;
      throw Nack.retryable(this.#at(cause.message), { cause });
    }
  }

  async #call(pdata: Pdata, carried: Carried, limit: CallLimit): Promise<CallOutcome> {
    const { compression } = this.#settings;
    const compressed = compression !== 'none';
    const message = compressed ? [await compress(pdata.bytes, compression)] : pdata.pieces;
    const headers = (): OutgoingHttpHeaders => {
      const left = formatGrpcTimeout(Math.max(1, limit.deadline - this.#effect.clock.now()));
      const all: OutgoingHttpHeaders = {
        ...this.#headersWith(carried),
        ':path': otlpServices[pdata.signal].grpcPath,
        'grpc-timeout': left,
      };
      return all;
    };
    let outcome: CallOutcome;
    try {
      outcome = await this.#client.call(headers, framed(message, compressed), limit);
    } catch (cause) {
      if (cause instanceof ConnectError) throw Nack.retryable(cause.message, { cause });
      if (cause instanceof HeldBack && limit.ended === undefined) {
        const { message, retryAfterMs } = cause;
        throw Nack.retryable(this.#at(message), {
          cause,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        });
      }
      if (!(cause instanceof LeaseAborted || cause instanceof HeldBack)) throw cause;
      throw this.#givenUp(limit, cause instanceof HeldBack ? `; ${cause.message}` : '');
    }
    if (limit.ended !== undefined && outcome.code !== GrpcStatus.OK) throw this.#givenUp(limit);
    return outcome;
  }

  /** Static headers, then the middleware's changes, then the token: each has the last word over those before. */
  #headersWith({ changes, token }: Carried): OutgoingHttpHeaders {
    if (changes.length === 0 && token === undefined) return this.#headers;
    const headers = { ...this.#headers };
    applyHeaderChanges(headers, changes);
    if (token !== undefined) headers['authorization'] = token.toAuthorizationHeader();
    return changes.length === 0 ? headers : withSensitive(headers, this.#settings, changes);
  }

  /** @param more what is to be said besides */
  #givenUp(limit: CallLimit, more = ''): Nack {
    const why =
      limit.ended === 'stopped'
        ? 'the pipeline stopped before the server answered'
        : `${grpcStatusName(GrpcStatus.DEADLINE_EXCEEDED)}: no answer within ${this.#settings.timeout} ms`;
    return Nack.retryable(this.#at(`${why}${more}`));
  }

  #refusal({ code, message, retryDelayMs: retryAfterMs }: CallOutcome, carried: Carried): Nack {
    const { token } = carried;
    if (code === GrpcStatus.UNAUTHENTICATED && token !== undefined) this.#tokens?.refused(token);
    const said = peerText(message, this.#secrets(carried));
    const reason = this.#at(said === '' ? grpcStatusName(code) : `${grpcStatusName(code)}: ${said}`);
    const context = { hasRetryInfo: retryAfterMs !== undefined, tokenBound: token !== undefined };
    if (!isRetryableGrpcStatus(code, context)) return Nack.permanent(reason);
    return Nack.retryable(reason, retryAfterMs === undefined ? {} : { retryAfterMs });
  }

  /** The data is taken whatever the response holds, except for what it says was rejected. */
  async #readResponse(
    pdata: Pdata,
    { response }: CallOutcome,
    carried: Carried,
  ): Promise<PartialDelivery | undefined> {
    let partial: PartialSuccess | undefined;
    try {
      partial = decodeExportResponse(await responseMessage(response));
    } catch (error) {
      this.#effect.logger.debug('the server accepted a request with a response that cannot be read', {
        reason: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
    if (partial === undefined) return undefined;
    const reason = peerText(partial.errorMessage, this.#secrets(carried));
    if (partial.rejected > 0) return { rejectedItems: partial.rejected, reason };
    this.#effect.logger.debug('the server accepted a request and warns', { signal: pdata.signal, reason });
    return undefined;
  }

  #secrets({ changes, token }: Carried): (Secret | undefined)[] {
    return [token?.secret, ...this.#settings.headers.values(), ...secretsOfChanges(changes)];
  }

  #at(text: string): string {
    return `${this.#settings.grpc_endpoint.authority}: ${text}`;
  }
}

function baseHeaders(settings: OtlpGrpcExporterSettings): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':scheme': usesTls(settings) ? 'https' : 'http',
    ':authority': settings.grpc_endpoint.authority,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    'user-agent': OTLP_USER_AGENT,
    'grpc-accept-encoding': ACCEPTED_ENCODINGS,
  };
  if (settings.compression !== 'none') headers['grpc-encoding'] = compressionToken(settings.compression);
  for (const [name, value] of settings.headers) headers[name] = value.reveal();
  return withSensitive(headers, settings, []);
}

/**
 * Keeps what may be a credential out of the header compression's table, where it could be guessed (RFC 7541, 7.1.3).
 * By way of Object.assign because the typings of node:http2 know no symbol as a key.
 */
function withSensitive(
  headers: OutgoingHttpHeaders,
  settings: OtlpGrpcExporterSettings,
  changes: readonly HeaderChange[],
): OutgoingHttpHeaders {
  const names = ['authorization', ...settings.headers.keys(), ...changes.map(({ name }) => name)];
  return Object.assign(headers, { [sensitiveHeaders]: [...new Set(names)] });
}

function framed(message: Pieces, compressed: boolean): Pieces {
  const byteLength = lengthOfPieces(message);
  return byteLength <= COPIED_BYTES
    ? [encodeFrameOf(message, compressed)]
    : [framePrefix(byteLength, compressed), ...message];
}

async function responseMessage(response: CallOutcome['response']): Promise<Uint8Array> {
  if (response === undefined) throw new MalformedPayload('it has no complete message');
  const { frame, encoding } = response;
  const message = joinPieces(frame.pieces);
  if (!frame.compressed) return message;
  const compression = compressionFromToken(encoding);
  if (compression === undefined || compression === 'none') {
    throw new MalformedPayload('it is compressed in a way that was not asked for');
  }
  return decompress(message, compression, MAX_RESPONSE_BYTES);
}
