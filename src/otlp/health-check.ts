import { fieldText, MessageWriter, readFields } from './wire.js';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus` (grpc/doc/health-checking.md). */
export const ServingStatus = Object.freeze({ SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 });

export type ServingStatus = (typeof ServingStatus)[keyof typeof ServingStatus];

/**
 * The service that a `grpc.health.v1.HealthCheckRequest` asks about; empty for the server as a whole.
 *
 * @throws MalformedPayload when the bytes are not one
 */
export function decodeHealthCheckRequest(bytes: Uint8Array): string {
  let service = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.type === 'bytes') service = fieldText(field.value);
  }
  return service;
}

/** A `grpc.health.v1.HealthCheckResponse`. */
export function encodeHealthCheckResponse(status: ServingStatus): Buffer {
  return new MessageWriter().varint(1, status).finish();
}
