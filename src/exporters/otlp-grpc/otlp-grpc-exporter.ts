import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import {
  ACCEPTED_ENCODINGS,
  type BearerToken,
  BearerTokenProvider,
  CallLimit,
  compress,
  compressionFromToken,
  compressionToken,
  config,
  decodeExportResponse,
  decodeStatusDetails,
  decompress,
  EffectHandler,
  Exporter,
  type ExporterNode,
  encodeFrame,
  formatGrpcTimeout,
  framePrefix,
  GrpcStatus,
  grpcStatusName,
  inject,
  isRetryableGrpcStatus,
  MalformedPayload,
  Nack,
  OTLP_USER_AGENT,
  otlpServices,
  type PartialDelivery,
  type PartialSuccess,
  type Pdata,
  peerText,
  type Secret,
  TokenSource,
} from '../../authoring.js';
import { OtlpGrpcExporterConfig, type OtlpGrpcExporterSettings, usesTls } from './config.js';
import { LeaseAborted } from './connection.js';
import { ConnectError } from './dial.js';
import { GrpcClient } from './grpc-client.js';
import { type CallOutcome, MAX_RESPONSE_BYTES } from './unary-call.js';

/** Up to this many bytes a message is copied behind its prefix: cheaper than a second write. */
const COPIED_BYTES = 16 * 1024;

/** Sends OTLP requests by gRPC, as they came. */
@Exporter({
  urn: 'exporter:otlp_grpc',
  description: 'Sends telemetry to an OTLP/gRPC endpoint.',
  config: OtlpGrpcExporterConfig,
  uses: [BearerTokenProvider],
})
export class OtlpGrpcExporter implements ExporterNode {
  readonly maxInFlight: number;
  readonly #settings: OtlpGrpcExporterSettings;
  readonly #effect: EffectHandler;
  readonly #client: GrpcClient;
  readonly #tokens: TokenSource | undefined;
  readonly #headers: OutgoingHttpHeaders;

  constructor(@config() settings: OtlpGrpcExporterSettings, @inject(EffectHandler) effect: EffectHandler) {
    this.#settings = settings;
    this.#effect = effect;
    this.maxInFlight = settings.max_in_flight;
    this.#client = new GrpcClient(settings, effect.clock, effect.logger);
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
    const limit = new CallLimit(this.#effect.clock, this.#settings.timeout, signal);
    try {
      const outcome = await this.#call(pdata, token, limit);
      if (outcome.code !== GrpcStatus.OK) throw this.#refusal(outcome, token);
      return await this.#readResponse(pdata, outcome, token);
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

  async #call(pdata: Pdata, token: BearerToken | undefined, limit: CallLimit): Promise<CallOutcome> {
    const deadline = this.#effect.clock.now() + this.#settings.timeout;
    const { compression } = this.#settings;
    const message = await compress(pdata.bytes, compression);
    const headers = (): OutgoingHttpHeaders => {
      const left = formatGrpcTimeout(Math.max(1, deadline - this.#effect.clock.now()));
      const all: OutgoingHttpHeaders = {
        ...this.#headers,
        ':path': otlpServices[pdata.signal].grpcPath,
        'grpc-timeout': left,
      };
      if (token !== undefined) all['authorization'] = token.toAuthorizationHeader();
      return all;
    };
    let outcome: CallOutcome;
    try {
      outcome = await this.#client.call(headers, framed(message, compression !== 'none'), limit);
    } catch (cause) {
      if (cause instanceof ConnectError) throw Nack.retryable(cause.message, { cause });
      if (!(cause instanceof LeaseAborted)) throw cause;
      throw this.#givenUp(limit);
    }
    if (limit.ended !== undefined && outcome.code !== GrpcStatus.OK) throw this.#givenUp(limit);
    return outcome;
  }

  #givenUp(limit: CallLimit): Nack {
    return Nack.retryable(
      this.#at(
        limit.ended === 'stopped'
          ? 'the pipeline stopped before the server answered'
          : `${grpcStatusName(GrpcStatus.DEADLINE_EXCEEDED)}: no answer within ${this.#settings.timeout} ms`,
      ),
    );
  }

  #refusal({ code, message, details }: CallOutcome, token: BearerToken | undefined): Nack {
    if (code === GrpcStatus.UNAUTHENTICATED && token !== undefined) this.#tokens?.refused(token);
    const retryAfterMs = retryDelay(details);
    const said = peerText(message, this.#secrets(token));
    const reason = this.#at(said === '' ? grpcStatusName(code) : `${grpcStatusName(code)}: ${said}`);
    const context = { hasRetryInfo: retryAfterMs !== undefined, tokenBound: token !== undefined };
    if (!isRetryableGrpcStatus(code, context)) return Nack.permanent(reason);
    return Nack.retryable(reason, retryAfterMs === undefined ? {} : { retryAfterMs });
  }

  /** The data is taken whatever the response holds, except for what it says was rejected. */
  async #readResponse(
    pdata: Pdata,
    { response }: CallOutcome,
    token: BearerToken | undefined,
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
    const reason = peerText(partial.errorMessage, this.#secrets(token));
    if (partial.rejected > 0) return { rejectedItems: partial.rejected, reason };
    this.#effect.logger.debug('the server accepted a request and warns', { signal: pdata.signal, reason });
    return undefined;
  }

  #secrets(token: BearerToken | undefined): (Secret | undefined)[] {
    return [token?.secret, ...this.#settings.headers.values()];
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
  // Keeps credentials out of the header compression's table, where they could be guessed (RFC 7541, 7.1.3).
  // By way of Object.assign because the typings of node:http2 know no symbol as a key.
  return Object.assign(headers, { [sensitiveHeaders]: ['authorization', ...settings.headers.keys()] });
}

function framed(message: Uint8Array, compressed: boolean): readonly Uint8Array[] {
  return message.byteLength <= COPIED_BYTES
    ? [encodeFrame(message, compressed)]
    : [framePrefix(message.byteLength, compressed), message];
}

async function responseMessage(response: CallOutcome['response']): Promise<Uint8Array> {
  if (response === undefined) throw new MalformedPayload('it has no complete message');
  const { frame, encoding } = response;
  if (!frame.compressed) return frame.message;
  const compression = compressionFromToken(encoding);
  if (compression === undefined || compression === 'none') {
    throw new MalformedPayload('it is compressed in a way that was not asked for');
  }
  return decompress(frame.message, compression, MAX_RESPONSE_BYTES);
}

/** The delay in a `grpc-status-details-bin` trailer; a trailer that cannot be read asks for nothing. */
function retryDelay(details: string | undefined): number | undefined {
  if (details === undefined) return undefined;
  try {
    return decodeStatusDetails(details).retryDelayMs;
  } catch {
    return undefined;
  }
}
