import { GrpcStatus } from './status.js';

/**
 * What OTLP calls retryable (OTLP 1.x, "OTLP/gRPC Response", "Failures"). `RESOURCE_EXHAUSTED` is the one code
 * that depends: with `RetryInfo` the server says that it will recover.
 */
const RETRYABLE_GRPC: ReadonlySet<number> = new Set([
  GrpcStatus.CANCELLED,
  GrpcStatus.DEADLINE_EXCEEDED,
  GrpcStatus.ABORTED,
  GrpcStatus.OUT_OF_RANGE,
  GrpcStatus.UNAVAILABLE,
  GrpcStatus.DATA_LOSS,
]);

/** OTLP 1.x, "OTLP/HTTP Response", "Retryable Response Codes". */
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What is known of a refused request beside its status. */
export interface RefusalContext {
  /** Whether the status came with `RetryInfo`. */
  readonly hasRetryInfo?: boolean;
  /**
   * Whether the request carried a token of a `bearer_token_provider`. Then "who are you?" may pass once the
   * provider has renewed its token, and the data must not be lost meanwhile.
   */
  readonly tokenBound: boolean;
}

/** Whether a request that ended with this gRPC status may succeed when it is sent again. */
export function isRetryableGrpcStatus(code: number, context: RefusalContext): boolean {
  if (code === GrpcStatus.RESOURCE_EXHAUSTED) return context.hasRetryInfo === true;
  if (code === GrpcStatus.UNAUTHENTICATED) return context.tokenBound;
  return RETRYABLE_GRPC.has(code);
}

/** Whether a request that was answered with this HTTP status may succeed when it is sent again. */
export function isRetryableHttpStatus(status: number, context: RefusalContext): boolean {
  if (status === 401) return context.tokenBound;
  return RETRYABLE_HTTP.has(status);
}
