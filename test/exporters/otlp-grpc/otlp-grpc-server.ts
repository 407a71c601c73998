import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { encodeExportResponse, otlpServices, type Signal, signals } from '../../../src/authoring.js';

/** One request as the server saw it. */
export interface Received {
  readonly signal: Signal;
  readonly bytes: Buffer;
  readonly metadata: Metadata;
  /** Milliseconds that the client gives the call. */
  readonly timeLeftMs: number;
}

/** What the server answers: a response message, an error, or nothing at all. */
export type Answer =
  | Uint8Array
  | 'hang'
  | { readonly code: number; readonly details: string; readonly metadata?: Metadata };

export interface OtlpGrpcServerOptions {
  readonly port?: number;
  readonly credentials?: ServerCredentials;
  readonly server?: ServerOptions;
}

/** A real gRPC server with the three OTLP services, which keeps what it receives. */
export class OtlpGrpcServer {
  readonly received: Received[] = [];
  /** What the next requests are answered with; everything is accepted when absent. */
  answer: (request: Received) => Answer | Promise<Answer> = () => encodeExportResponse();
  readonly #server: Server;
  #port = 0;

  private constructor(options: ServerOptions) {
    this.#server = new Server({ 'grpc.max_receive_message_length': -1, ...options });
    for (const signal of signals) this.#addService(signal);
  }

  static async start(options: OtlpGrpcServerOptions = {}): Promise<OtlpGrpcServer> {
    const started = new OtlpGrpcServer(options.server ?? {});
    started.#port = await new Promise((resolve, reject) => {
      const credentials = options.credentials ?? ServerCredentials.createInsecure();
      started.#server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return started;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets the requests under way end, and says goodbye to clients. */
  drain(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #addService(signal: Signal): void {
    const identity = (bytes: Buffer): Buffer => bytes;
    const implementation: UntypedServiceImplementation = {
      Export: (call: ServerUnaryCall<Buffer, Uint8Array>, callback: sendUnaryData<Uint8Array>) => {
        const deadline = Number(call.getDeadline());
        const request = {
          signal,
          bytes: call.request,
          metadata: call.metadata,
          timeLeftMs: deadline - Date.now(),
        };
        this.received.push(request);
        Promise.resolve(this.answer(request)).then((answer) => {
          if (answer === 'hang') return;
          if (answer instanceof Uint8Array) callback(null, Buffer.from(answer));
          else callback({ name: 'Error', message: answer.details, ...answer });
        }, callback);
      },
    };
    this.#server.addService(
      {
        Export: {
          path: otlpServices[signal].grpcPath,
          requestStream: false,
          responseStream: false,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      implementation,
    );
  }
}

/** The metadata of an error that says when to come back. */
export function binaryMetadata(name: string, value: Buffer): Metadata {
  const metadata = new Metadata();
  metadata.set(name, value);
  return metadata;
}
