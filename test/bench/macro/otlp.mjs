/** Where logs go. Written out here, so that client and sink stay the same when the engine changes. */
export const GRPC_PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
export const HTTP_PATH = '/v1/logs';

export const GRPC_PREFIX_BYTES = 5;

/** A gRPC message with its prefix, not compressed. */
export function frame(message) {
  const framed = Buffer.alloc(GRPC_PREFIX_BYTES + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, GRPC_PREFIX_BYTES);
  return framed;
}
