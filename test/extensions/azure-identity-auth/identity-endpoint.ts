import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: URLSearchParams;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

/** A loopback stand-in for an Azure endpoint: it keeps what it is asked and answers as the test says. */
export class IdentityEndpoint {
  readonly asked: Asked[] = [];
  /** Connections that are open. */
  open = 0;
  answer: Answer;
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(server: Server, scheme: string, answer: Answer) {
    this.#server = server;
    this.#scheme = scheme;
    this.answer = answer;
    server.on('connection', (socket) => {
      this.open++;
      socket.on('close', () => this.open--);
    });
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', this.origin);
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const asked = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: new URLSearchParams(Buffer.concat(parts).toString()),
        };
        this.asked.push(asked);
        this.answer(asked, response);
      });
    });
  }

  static async start(
    answer: Answer,
    tls?: { readonly key: Buffer; readonly cert: Buffer },
  ): Promise<IdentityEndpoint> {
    const server = tls === undefined ? createServer() : createHttpsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new IdentityEndpoint(server, tls === undefined ? 'http' : 'https', answer);
  }

  get origin(): string {
    return `${this.#scheme}://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
