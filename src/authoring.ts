/**
 * What authors of extensions, receivers, processors and exporters import. Knows neither the engine nor any
 * built-in, so built-ins import it too and have no private door.
 */

export { z } from 'zod';
export { parseDuration } from './config/duration.js';
export {
  byteSize,
  duration,
  parseByteSize,
  type SocketAddress,
  secret,
  socketAddress,
} from './config/fields.js';
export { abortable, DeadlineExceeded, withDeadline } from './credentials/deadline.js';
export { FollowedSecret, type FollowedSecretOptions, followSecrets } from './credentials/followed-secret.js';
export { printable } from './credentials/printable.js';
export { readSecretFile } from './credentials/secret-file.js';
export { TokenRefresher, type TokenRefresherOptions } from './credentials/token-refresher.js';
export { Clock, type Timer } from './extension/clock.js';
export type { ComponentClass, ConfigMistake } from './extension/component.js';
export type { ActiveExtension, ExtensionContext } from './extension/context.js';
export { Extension, type ExtensionDeclaration } from './extension/decorator.js';
export { reasonOf } from './extension/errors.js';
export { type LogFields, Logger } from './extension/logger.js';
export { ExtensionLookup } from './extension/lookup.js';
export { config, inject, type ServiceToken, serviceToken } from './extension/services.js';
export { TraitError, TraitErrorFactory, type TraitErrorOptions } from './extension/trait-error.js';
export { AbandonableClient } from './otlp/abandonable-client.js';
export { fitsHeader, UNFIT_FOR_HEADER } from './otlp/bearer-value.js';
export { BodyBuffer } from './otlp/body-buffer.js';
export { type CallClock, type CallEnd, type CallLimit, CallLimits } from './otlp/call-limit.js';
export {
  type ClientTls,
  type ClientTlsOptions,
  clientTls,
} from './otlp/client-tls.js';
export {
  ACCEPTED_ENCODINGS,
  type Compression,
  compress,
  compressionFromToken,
  compressions,
  compressionToken,
  decompress,
} from './otlp/compression.js';
export { ConnectBackoff } from './otlp/connect-backoff.js';
export { connectionReason } from './otlp/connection-reason.js';
export {
  isRetryableGrpcStatus,
  isRetryableHttpStatus,
  type RefusalContext,
} from './otlp/delivery-failure.js';
export {
  decodeExportResponse,
  encodeExportResponse,
  exportResponseFromJson,
  exportResponseToJson,
  type PartialSuccess,
} from './otlp/export-response.js';
export { FollowedClientTls } from './otlp/followed-client-tls.js';
export {
  encodeFrame,
  encodeFrameOf,
  FRAME_PREFIX_BYTES,
  type Frame,
  framePrefix,
  UnaryFrameReader,
} from './otlp/grpc-framing.js';
export { decodeGrpcMessage, encodeGrpcMessage } from './otlp/grpc-message.js';
export { formatGrpcTimeout, parseGrpcTimeout } from './otlp/grpc-timeout.js';
export {
  applyHeaderChanges,
  askForHeaderChanges,
  MiddlewareFailure,
  secretsOfChanges,
} from './otlp/header-changes.js';
export { decodeHealthCheckRequest, encodeHealthCheckResponse, ServingStatus } from './otlp/health-check.js';
export { PayloadTooLarge } from './otlp/payload-too-large.js';
export { peerText } from './otlp/peer-text.js';
export { checkCertificates, checkIdentity, type PemText } from './otlp/pem.js';
export { Places } from './otlp/places.js';
export { FileTooLarge, NotRegularFile, readRegularFile } from './otlp/regular-file.js';
export { boundedRetryDelay, formatRetryAfter, parseRetryAfter } from './otlp/retry-after.js';
export {
  decodeRpcStatus,
  decodeStatusDetails,
  encodeRpcStatus,
  encodeStatusDetails,
  type RpcStatus,
  rpcStatusFromJson,
  rpcStatusToJson,
} from './otlp/rpc-status.js';
export { HeldBack, Pass, ServerGate } from './otlp/server-gate.js';
export { type OtlpService, otlpServices } from './otlp/services.js';
export { type StaticHeaders, staticHeaders } from './otlp/static-headers.js';
export { GrpcStatus, type GrpcStatusCode, grpcStatusName } from './otlp/status.js';
export { NoUsableToken, TokenSource, type TokenSourceOptions } from './otlp/token-source.js';
export { OTLP_USER_AGENT } from './otlp/user-agent.js';
export { Waiters } from './otlp/waiters.js';
export { filterPayload, type PayloadFilter } from './pdata/filter.js';
export { groupResources } from './pdata/group-resources.js';
export {
  HEADER_NAME_SCHEMA,
  headerNameProblem,
  headerValueProblem,
  REPEATED_HEADER,
  repeatedNames,
  sharedHeaderNameProblem,
} from './pdata/header-rules.js';
export { protobufToJson } from './pdata/json/from-protobuf.js';
export { jsonToProtobuf } from './pdata/json/to-protobuf.js';
export { type LogRecordVisitor, visitLogRecords } from './pdata/log-records.js';
export { MalformedPayload } from './pdata/malformed.js';
export { mergePdata } from './pdata/merge.js';
export { Pdata } from './pdata/pdata.js';
export { joinPieces, lengthOfPieces, type Pieces } from './pdata/pieces.js';
export { LARGEST_METADATA, MOST_METADATA, RequestMetadata } from './pdata/request-metadata.js';
export { selectItems } from './pdata/select.js';
export { type Signal, signals } from './pdata/signal.js';
export { type PdataLimit, type PlacedPart, splitPdata, splitWithPlaces } from './pdata/split.js';
export { validatePieces } from './pdata/validate-pieces.js';
export type { AttributeValue } from './pdata/views/attribute-value.js';
export type { Attributes } from './pdata/views/attributes.js';
export type { DataPointView, MetricType } from './pdata/views/data-point-view.js';
export type { LogRecordView } from './pdata/views/log-record-view.js';
export type { MetricView } from './pdata/views/metric-view.js';
export { type ResourceView, resourcesOf } from './pdata/views/resource-view.js';
export type { ScopeView } from './pdata/views/scope-view.js';
export type { SpanView } from './pdata/views/span-view.js';
export { countItems } from './pdata/wire/count.js';
export { WireCursor } from './pdata/wire/cursor.js';
export { validatePayload } from './pdata/wire/validate.js';
export { type Completion, mergeCompletions, noCompletion, splitCompletion } from './pipeline/completion.js';
export type {
  ExporterNode,
  Message,
  PartialDelivery,
  ProcessorNode,
  ReceiverContext,
  ReceiverNode,
} from './pipeline/contracts.js';
export { Exporter, type NodeDeclaration, Processor, Receiver } from './pipeline/decorators.js';
export { EffectHandler, type SendOptions } from './pipeline/effect-handler.js';
export type { ListenAddress, ListenOptions } from './pipeline/listening.js';
export { Nack, type NackOptions } from './pipeline/nack.js';
export {
  type AuthorizationDecision,
  BearerToken,
  BearerTokenAuthorizer,
  BearerTokenProvider,
  type DenialReason,
  type ExtensionTrait,
  type ForwardedHeaders,
  type HeaderChange,
  type HeaderDecision,
  HttpClientMiddleware,
  HttpConnectionPool,
  HttpServerMiddleware,
  type Identity,
  type IncomingRequest,
  type KeyValueEntriesOptions,
  type KeyValueEntry,
  type KeyValueOperation,
  KeyValueStore,
  LARGEST_VALUE,
  LatestToken,
  LONGEST_KEY,
  type OutgoingRequest,
  type RateDecision,
  RateLimiter,
  Secret,
  USABLE_MARGIN_MS,
} from './traits/index.js';
