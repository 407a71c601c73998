import { constants } from 'node:http2';
import { GrpcStatus } from '../../authoring.js';

/** The gRPC status of a response that is not gRPC (grpc/doc/http-grpc-status-mapping.md). */
export function statusOfHttp(status: number): number {
  switch (status) {
    case 400:
      return GrpcStatus.INTERNAL;
    case 401:
      return GrpcStatus.UNAUTHENTICATED;
    case 403:
      return GrpcStatus.PERMISSION_DENIED;
    case 404:
      return GrpcStatus.UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcStatus.UNAVAILABLE;
    default:
      return GrpcStatus.UNKNOWN;
  }
}

/**
 * The gRPC status of a stream that ended without one (grpc/doc/PROTOCOL-HTTP2.md, "HTTP2 Transport Mapping"), with
 * one difference: `ENHANCE_YOUR_CALM` is `UNAVAILABLE`. The table's `RESOURCE_EXHAUSTED` would make OTLP give the
 * data up, but a server that is too busy to answer has said nothing of the data.
 */
export function statusOfReset(code: number): number {
  switch (code) {
    case constants.NGHTTP2_REFUSED_STREAM:
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return GrpcStatus.UNAVAILABLE;
    case constants.NGHTTP2_CANCEL:
      return GrpcStatus.CANCELLED;
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return GrpcStatus.PERMISSION_DENIED;
    case constants.NGHTTP2_NO_ERROR:
    case constants.NGHTTP2_STREAM_CLOSED:
      return GrpcStatus.UNKNOWN;
    default:
      return GrpcStatus.INTERNAL;
  }
}

const RESET_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** The name of an HTTP/2 error code, such as `REFUSED_STREAM` (RFC 9113, section 7). */
export function nameOfReset(code: number): string {
  return RESET_NAMES[code] ?? `HTTP/2 error ${code}`;
}
