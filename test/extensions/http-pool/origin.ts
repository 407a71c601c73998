import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A real HTTP server that counts the connections to it. */
export class Origin {
  /** How many connections there ever were. */
  connections = 0;
  /** How many were open at the same time, at most. */
  mostOpen = 0;
  readonly requests: IncomingMessage['headers'][] = [];
  answer: (response: ServerResponse) => void = (response) => response.end('ok');
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;

  private constructor(tls: ServerOptions | undefined) {
    const listener: RequestListener = (request, response) => {
      request.resume().on('end', () => {
        this.requests.push(request.headers);
        this.answer(response);
      });
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      this.mostOpen = Math.max(this.mostOpen, this.#sockets.size);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(tls?: ServerOptions): Promise<Origin> {
    const origin = new Origin(tls);
    await new Promise<void>((resolve) => {
      origin.#server.listen(0, '127.0.0.1', resolve);
    });
    return origin;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/`;
  }

  /** The same server by its name. */
  get namedUrl(): string {
    return `${this.#scheme}://localhost:${this.port}/`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
