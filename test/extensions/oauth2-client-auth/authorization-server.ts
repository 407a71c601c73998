import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { jwtVerify } from 'jose';
import { Provider } from 'oidc-provider';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface TestClient {
  readonly id: string;
  readonly secret?: string;
  readonly auth?: 'client_secret_basic' | 'none';
}

export interface AuthorizationServerOptions {
  readonly clients: readonly TestClient[];
  readonly lifetimeS?: number;
  /** Verifies the assertions of jwt-bearer grants. */
  readonly assertionKey?: KeyObject;
  readonly tls?: {
    readonly key: Buffer;
    readonly cert: Buffer;
    readonly ca?: Buffer;
    readonly requestCert?: boolean;
  };
}

/** A real authorization server on loopback, with a switch for outages. */
export class AuthorizationServer {
  /** Bodies of the token requests that arrived, also during an outage. */
  readonly requests: string[] = [];
  /** What stood after the scheme in their `Authorization` headers. */
  readonly credentials: string[] = [];
  /** What is answered instead, during an outage. */
  outage: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly assertions: { readonly header: unknown; readonly claims: Record<string, unknown> }[] = [];
  readonly #server: Server;
  readonly #provider: Provider;
  readonly origin: string;

  private constructor(server: Server, origin: string, options: AuthorizationServerOptions) {
    this.#server = server;
    this.origin = origin;
    this.#provider = createProvider(origin, options, this.assertions);
    const answer = this.#provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // Recorded when the body is whole; the provider reads the same stream.
      const body: Buffer[] = [];
      request.on('data', (chunk: Buffer) => body.push(chunk));
      const { authorization } = request.headers;
      if (authorization !== undefined) this.credentials.push(authorization.replace(/^\S+ /, ''));
      request.on('end', () => this.requests.push(Buffer.concat(body).toString()));
      if (this.outage === undefined) answer(request, response);
      else this.outage(request, response);
    });
  }

  static async start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
    const server = options.tls === undefined ? createHttpServer() : createHttpsServer(options.tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const scheme = options.tls === undefined ? 'http' : 'https';
    return new AuthorizationServer(server, `${scheme}://localhost:${port}`, options);
  }

  get tokenUrl(): string {
    return `${this.origin}/token`;
  }

  /** Whose token it is, and for which scope, as the server knows it. */
  async whose(token: string): Promise<{ client: string | undefined; scope: string | undefined }> {
    const issued = await this.#provider.ClientCredentials.find(token);
    return { client: issued?.clientId, scope: issued?.scope };
  }

  /** Connections that are open. */
  async open(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function createProvider(
  origin: string,
  { clients, lifetimeS = 3_600, assertionKey }: AuthorizationServerOptions,
  assertions: AuthorizationServer['assertions'],
): Provider {
  const signing = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' });
  // It warns that its store is in memory, which is what a test wants.
  const warning = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const provider = new Provider(origin, {
    clients: clients.map(({ id, secret, auth = 'client_secret_basic' }) => ({
      client_id: id,
      ...(secret === undefined ? {} : { client_secret: secret }),
      token_endpoint_auth_method: auth,
      grant_types: [auth === 'none' ? JWT_BEARER : 'client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'metrics logs',
    })),
    scopes: ['metrics', 'logs'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: lifetimeS },
    jwks: { keys: [{ ...signing, alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['only for this test run'] },
    extraParams: ['resource_group'],
  });
  warning.mockRestore();
  if (assertionKey !== undefined) {
    provider.registerGrantType(
      JWT_BEARER,
      async (ctx) => {
        const assertion = ctx.oidc.params['assertion'] ?? '';
        const verified = await jwtVerify(assertion, assertionKey, { audience: `${origin}/token` }).catch(
          () => undefined,
        );
        if (verified === undefined) return refuse(ctx, `assertion ${assertion} is not good`);
        assertions.push({ header: verified.protectedHeader, claims: verified.payload });
        const token = new provider.ClientCredentials({
          client: ctx.oidc.client,
          scope: ctx.oidc.params['scope'],
        });
        ctx.body = { access_token: await token.save(), expires_in: lifetimeS, token_type: 'Bearer' };
      },
      ['assertion', 'scope'],
    );
  }
  return provider;
}

function refuse(ctx: { body: unknown }, description: string): void {
  Object.assign(ctx, { status: 400 });
  ctx.body = { error: 'invalid_grant', error_description: description };
}
