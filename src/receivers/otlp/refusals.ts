import {
  boundedRetryDelay,
  type DenialReason,
  GrpcStatus,
  type GrpcStatusCode,
  Nack,
} from '../../authoring.js';

/** Why a request is not accepted, in the words of both protocols. */
export interface Refusal {
  readonly grpc: GrpcStatusCode;
  readonly http: number;
  readonly message: string;
  /** Sent as `RetryInfo` and `Retry-After`. */
  readonly retryDelayMs?: number | undefined;
  /** HTTP headers that the status asks for. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a client is asked to wait when the receiver itself is short of something. */
const COME_BACK_MS = 1_000;

const CHALLENGE = 'Bearer realm="otlp"';

/** A 401 must have a challenge (RFC 9110, section 11.6.1), and keys in headers of their own have no registered one. */
const HEADER_CHALLENGE = 'ApiKey realm="otlp"';

/** The bytes are not what they claim to be. Not retryable. */
export function malformed(message: string): Refusal {
  return { grpc: GrpcStatus.INVALID_ARGUMENT, http: 400, message };
}

/** A compressed message in a call that named no compression; the gRPC protocol gives it a status of its own. */
export const compressedWithoutEncoding: Refusal = {
  grpc: GrpcStatus.INTERNAL,
  http: 400,
  message: 'the message is marked as compressed, but the call has no grpc-encoding',
};

/** The message is over the limit. Not retryable: without `RetryInfo`, RESOURCE_EXHAUSTED is final. */
export function tooLarge(message: string): Refusal {
  return { grpc: GrpcStatus.RESOURCE_EXHAUSTED, http: 413, message };
}

/** Too many requests are in work. */
export function overloaded(limit: number): Refusal {
  return {
    grpc: GrpcStatus.RESOURCE_EXHAUSTED,
    http: 503,
    message: `${limit} requests are in work, which is the limit; come back later`,
    retryDelayMs: COME_BACK_MS,
  };
}

/** The request did not arrive in time. */
export const arrivedTooSlowly: Refusal = {
  grpc: GrpcStatus.DEADLINE_EXCEEDED,
  http: 408,
  message: 'the request did not arrive in time',
};

/** The request arrived; the pipeline did not take it, or did not deliver it, in time. */
export const workedTooSlowly: Refusal = {
  grpc: GrpcStatus.DEADLINE_EXCEEDED,
  http: 504,
  message: 'the pipeline did not answer in time; the data may still be delivered',
};

/** The receiver is forced to stop with the request in work. */
export const stopping: Refusal = {
  grpc: GrpcStatus.UNAVAILABLE,
  http: 503,
  message: 'the receiver is stopping',
  retryDelayMs: COME_BACK_MS,
};

/** The health service does not know the service that it was asked about. */
export function unknownService(service: string): Refusal {
  return { grpc: GrpcStatus.NOT_FOUND, http: 404, message: `no service ${printable(service)} here` };
}

/** The connection ends, so what is said on it of the receiver's health ends too. */
export const connectionEnds: Refusal = {
  grpc: GrpcStatus.UNAVAILABLE,
  http: 503,
  message: 'this connection ends; watch again on another',
};

const denials: Readonly<Record<DenialReason, Refusal>> = {
  MissingCredential: {
    grpc: GrpcStatus.UNAUTHENTICATED,
    http: 401,
    message: 'a bearer token is required',
    headers: { 'www-authenticate': CHALLENGE },
  },
  InvalidCredential: {
    grpc: GrpcStatus.UNAUTHENTICATED,
    http: 401,
    message: 'the bearer token is not valid',
    headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
  },
  NotPermitted: {
    grpc: GrpcStatus.PERMISSION_DENIED,
    http: 403,
    message: 'the bearer of this token may not send data here',
  },
};

/** The authorizer said no. */
export function denied(reason: DenialReason): Refusal {
  // An authorizer written in JavaScript may give a reason that does not exist; that is still a no.
  return Object.hasOwn(denials, reason) ? denials[reason] : denials.InvalidCredential;
}

/** The `http_server_middleware` said no, for a reason that the client may know. */
export function deniedByHeaders(reason: DenialReason, message: string): Refusal {
  if (reason === 'NotPermitted') return { grpc: GrpcStatus.PERMISSION_DENIED, http: 403, message };
  return {
    grpc: GrpcStatus.UNAUTHENTICATED,
    http: 401,
    message,
    headers: { 'www-authenticate': HEADER_CHALLENGE },
  };
}

/** The authorizer could not say yes or no, so it is no for now. */
export const undecided: Refusal = {
  grpc: GrpcStatus.UNAVAILABLE,
  http: 503,
  message: 'the request could not be authorized now; come back later',
  retryDelayMs: COME_BACK_MS,
};

/** The rate limiter grants no more now. */
export function overRate(retryAfterMs: number): Refusal {
  return {
    grpc: GrpcStatus.RESOURCE_EXHAUSTED,
    http: 429,
    message: 'the rate limit is reached; come back later',
    retryDelayMs: retryAfterMs,
  };
}

/**
 * The request asks for more than the rate limiter ever grants at once. Not retryable, in words that no client takes for
 * a full queue: INVALID_ARGUMENT, because some retry RESOURCE_EXHAUSTED whatever it carries.
 */
export function beyondAnyRate(amount: number, largest: number, unit: string): Refusal {
  return {
    grpc: GrpcStatus.INVALID_ARGUMENT,
    http: 413,
    message: `the request has ${amount} ${unit}, and the rate limit allows no more than ${largest} at once; send smaller ones`,
  };
}

/** The rate limiter could not say yes or no, so it is no for now. */
export const unlimitable: Refusal = {
  grpc: GrpcStatus.UNAVAILABLE,
  http: 503,
  message: 'the rate limit could not be checked now; come back later',
  retryDelayMs: COME_BACK_MS,
};

/** The pipeline did not deliver the data. INTERNAL and 500 are what OTLP does not retry. */
export function notDelivered(error: unknown): Refusal {
  const nack = Nack.from(error);
  return nack.permanent
    ? { grpc: GrpcStatus.INTERNAL, http: 500, message: nack.message }
    : {
        grpc: GrpcStatus.UNAVAILABLE,
        http: 503,
        message: nack.message,
        retryDelayMs: boundedRetryDelay(nack.retryAfterMs),
      };
}

/** The receiver's own fault. Retryable, so that no data is lost by it. */
export const broken: Refusal = {
  grpc: GrpcStatus.UNAVAILABLE,
  http: 503,
  message: 'the receiver failed on this request; its log says why',
  retryDelayMs: COME_BACK_MS,
};

/** No export service has this path. */
export function unknownPath(path: string): Refusal {
  return {
    grpc: GrpcStatus.UNIMPLEMENTED,
    http: 404,
    message: `nothing is served at ${printable(path)}; OTLP has /v1/traces, /v1/metrics and /v1/logs`,
  };
}

/** No export service has this method. */
export function unknownMethod(path: string): Refusal {
  return { grpc: GrpcStatus.UNIMPLEMENTED, http: 404, message: `unknown method ${printable(path)}` };
}

/** Export requests are sent with POST. */
export const wrongVerb: Refusal = {
  grpc: GrpcStatus.UNIMPLEMENTED,
  http: 405,
  message: 'export requests are sent with POST',
  headers: { allow: 'POST' },
};

/** The request on the gRPC port is not gRPC. */
export const notGrpc: Refusal = {
  grpc: GrpcStatus.UNIMPLEMENTED,
  http: 415,
  message: 'the content type must be application/grpc or application/grpc+proto',
  headers: { accept: 'application/grpc, application/grpc+proto' },
};

/** The body is of another type than OTLP has. */
export const wrongType: Refusal = {
  grpc: GrpcStatus.INVALID_ARGUMENT,
  http: 415,
  message: 'the content type must be application/x-protobuf or application/json',
  headers: { accept: 'application/x-protobuf, application/json' },
};

/** The body or message is compressed in a way that is not accepted. */
export function unknownEncoding(accepted: string): Refusal {
  return {
    grpc: GrpcStatus.UNIMPLEMENTED,
    http: 415,
    message: `the encoding is not accepted here; accepted: ${accepted}`,
    headers: { 'accept-encoding': accepted, 'grpc-accept-encoding': accepted },
  };
}

/** What a client sent, cut short and without control characters, fit to be shown. */
function printable(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}...` : text;
  return `'${short.replace(/[^\x20-\x7e]/g, '?')}'`;
}
