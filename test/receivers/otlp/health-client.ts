import { Client, type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** grpc/doc/health-checking.md. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
`);
const request = root.lookupType('grpc.health.v1.HealthCheckRequest');
const response = root.lookupType('grpc.health.v1.HealthCheckResponse');

const serialize = (service: string): Buffer => Buffer.from(request.encode({ service }).finish());
const deserialize = (bytes: Buffer): string =>
  String(response.toObject(response.decode(bytes), { enums: String, defaults: true })['status']);

/** What watching brought so far, and its end. */
export interface Watched {
  readonly statuses: readonly string[];
  /** The code and the message that it ended with. */
  readonly ended: Promise<{ readonly code: number; readonly details: string }>;
  cancel(): void;
}

/** Asks after the health of a receiver with the client that most of the field uses. */
export class HealthClient implements Disposable {
  readonly #client: Client;

  constructor(address: string, compression: 0 | 2 = 0) {
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.default_compression_algorithm': compression,
    });
  }

  /** The status, or the code and the message of the error. */
  check(service = ''): Promise<string> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        serialize,
        deserialize,
        service,
        (error: ServiceError | null, status?: string) =>
          resolve(error === null ? (status ?? '') : `${error.code} ${error.details}`),
      );
    });
  }

  watch(service = ''): Watched {
    const stream: ClientReadableStream<string> = this.#client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      serialize,
      deserialize,
      service,
    );
    const statuses: string[] = [];
    stream.on('data', (status: string) => statuses.push(status));
    stream.on('error', () => {});
    const ended = new Promise<{ code: number; details: string }>((resolve) => stream.on('status', resolve));
    return { statuses, ended, cancel: () => stream.cancel() };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
