import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { encodeExportResponse } from '../../../src/authoring.js';

/** One request as the server saw it. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A real HTTP server that keeps what it receives. */
export class OtlpHttpServer {
  readonly received: Received[] = [];
  connections = 0;
  port = 0;
  /** What the next requests are answered with; everything is accepted when absent. */
  answer: (response: ServerResponse, request: Received) => void = (response) => accept(response);
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(tls: ServerOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => {});
      request.on('end', () => {
        const { method, url, headers } = request;
        const received = { method, url, headers, body: Buffer.concat(chunks) };
        this.received.push(received);
        this.answer(response, received);
      });
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', () => {
      this.connections += 1;
    });
  }

  static async start(
    options: { readonly port?: number; readonly tls?: ServerOptions } = {},
  ): Promise<OtlpHttpServer> {
    const started = new OtlpHttpServer(options.tls);
    await new Promise<void>((resolve) => {
      started.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    started.port = (started.#server.address() as AddressInfo).port;
    return started;
  }

  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Accepts a request with a response in protobuf. */
export function accept(response: ServerResponse, body: Uint8Array = encodeExportResponse()): void {
  response.writeHead(200, { 'content-type': 'application/x-protobuf' });
  response.end(body);
}
