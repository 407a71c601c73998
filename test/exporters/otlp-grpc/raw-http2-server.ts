import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Compression, compress, encodeExportResponse, encodeFrame } from '../../../src/authoring.js';

/** One call as it came off the wire. */
export interface RawCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP/2 server that answers gRPC calls by hand, so that a test can do to a client what servers sometimes do. */
export class RawHttp2Server {
  readonly calls: RawCall[] = [];
  readonly sessions = new Set<ServerHttp2Session>();
  sessionsOpened = 0;
  port = 0;
  /** What happens when a call has arrived whole; it is accepted when absent. */
  respond: (stream: ServerHttp2Stream, call: RawCall) => void = (stream) => void this.reply(stream);
  /** What happens when a connection is there. */
  greet: (session: ServerHttp2Session) => void = () => {};
  /** What happens when a call begins. */
  begin: (stream: ServerHttp2Stream) => void = () => {};
  readonly #server: Http2Server;

  private constructor(settings: Settings) {
    this.#server = createServer({ settings });
    this.#server.on('session', (session) => {
      this.sessionsOpened += 1;
      this.sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.sessions.delete(session));
      this.greet(session);
    });
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const call = { headers, body: Buffer.concat(chunks) };
        this.calls.push(call);
        this.respond(stream, call);
      });
      this.begin(stream);
    });
  }

  static async start(
    options: { readonly settings?: Settings; readonly port?: number } = {},
  ): Promise<RawHttp2Server> {
    const started = new RawHttp2Server(options.settings ?? {});
    await new Promise<void>((resolve) => {
      started.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    started.port = (started.#server.address() as AddressInfo).port;
    return started;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Accepts a call. */
  async reply(
    stream: ServerHttp2Stream,
    message: Uint8Array = encodeExportResponse(),
    options: { readonly encoding?: Compression } = {},
  ): Promise<void> {
    const { encoding = 'none' } = options;
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        ...(encoding === 'none' ? {} : { 'grpc-encoding': encoding }),
      },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(encodeFrame(await compress(message, encoding), encoding !== 'none'));
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
