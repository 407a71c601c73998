import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  customFetch,
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { Agent, type Dispatcher } from 'undici';
import {
  type Clock,
  FollowedClientTls,
  type HttpConnectionPool,
  type Logger,
  Secret,
  withDeadline,
} from '../../authoring.js';
import type { OAuth2ClientAuthSettings } from './config.js';
import { postForm, type TokenPost } from './token-http.js';
import { tokenRequestError } from './token-request-error.js';

type Send = (href: string, init: TokenPost) => Promise<Response>;

export interface TokenRequest {
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  readonly grantType: string;
  readonly parameters: URLSearchParams;
  /** What the request carries that must not be shown, should the server repeat it. */
  readonly secrets: readonly Secret[];
}

/** What one token request is sent on. */
interface Connection {
  dispatcher(): Dispatcher;
  /** Ends what is not shared. */
  end(): Promise<void>;
}

/** Sends token requests to the configured endpoint: on the connections of a pool, or each on one of its own. */
export class TokenEndpoint {
  readonly #settings: OAuth2ClientAuthSettings;
  readonly #clock: Clock;
  readonly #pool: HttpConnectionPool | undefined;
  readonly #tls: FollowedClientTls;

  constructor(
    settings: OAuth2ClientAuthSettings,
    clock: Clock,
    log: Logger,
    pool: HttpConnectionPool | undefined,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#pool = pool;
    this.#tls = new FollowedClientTls(settings.tls, log, new URL(settings.token_url).host);
  }

  /**
   * Sends the request and reads the answer.
   *
   * @throws TokenRequestError fit to be shown, without a cause; or the signal's reason when it aborts
   */
  async request(request: TokenRequest, signal: AbortSignal): Promise<TokenEndpointResponse> {
    const connection = await this.#connection();
    // Grows by the credentials in the form in which they were sent.
    const secrets = [...request.secrets];
    const send: Send = (href, init) => {
      secrets.push(...sentCredentials(init));
      return postForm(href, init, connection.dispatcher());
    };
    try {
      return await withDeadline(this.#clock, this.#settings.timeout, signal, (limit) =>
        this.#exchange(request, send, limit),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw await tokenRequestError(error, secrets);
    } finally {
      await connection.end();
    }
  }

  async #connection(): Promise<Connection> {
    const pool = this.#pool;
    if (pool !== undefined) return { dispatcher: () => pool.dispatcher(), end: async () => {} };
    // Tokens are fetched rarely: a connection for each lets certificates change and leaves no idle socket.
    const agent = new Agent({
      connect: { timeout: this.#settings.connect_timeout, ...(await this.#tls.load()) },
    });
    return { dispatcher: () => agent, end: () => agent.destroy() };
  }

  async #exchange(request: TokenRequest, send: Send, signal: AbortSignal): Promise<TokenEndpointResponse> {
    const url = new URL(this.#settings.token_url);
    const server: AuthorizationServer = { issuer: url.origin, token_endpoint: url.href };
    const client: Client = { client_id: request.clientId };
    const response = await genericTokenEndpointRequest(
      server,
      client,
      request.clientAuth,
      request.grantType,
      new URLSearchParams(request.parameters),
      {
        signal,
        // Where http is allowed was decided when the configuration was checked.
        [allowInsecureRequests]: url.protocol === 'http:',
        [customFetch]: send,
      },
    );
    return processGenericTokenEndpointResponse(server, client, response);
  }
}

/** The credentials of an `Authorization` header, which the library encodes in its own way. */
function sentCredentials({ headers }: TokenPost): Secret[] {
  const credentials = headers['authorization']?.replace(/^\S+ /, '');
  return credentials === undefined ? [] : [new Secret(credentials)];
}
