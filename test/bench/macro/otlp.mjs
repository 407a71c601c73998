/** Where logs go. Written out here, so that client and sink stay the same when the engine changes. */
export const GRPC_PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
export const HTTP_PATH = '/v1/logs';

export const GRPC_PREFIX_BYTES = 5;

/** What stands before a gRPC message. */
export function grpcPrefix(messageBytes, compressed = false) {
  const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(messageBytes, 1);
  return prefix;
}

/** A gRPC message with its prefix. */
export function frame(message, compressed = false) {
  return Buffer.concat([grpcPrefix(message.length, compressed), message]);
}
