/** What these tests use of the authorization server, which has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface GrantContext {
    readonly oidc: { readonly client: object; readonly params: Readonly<Record<string, string | undefined>> };
    body: unknown;
  }

  interface IssuedToken {
    readonly clientId: string;
    readonly scope: string | undefined;
    readonly expiration: number;
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    registerGrantType(
      name: string,
      handler: (ctx: GrantContext) => Promise<void>,
      parameters: readonly string[],
    ): void;
    readonly ClientCredentials: {
      new (properties: { client: object; scope: string | undefined }): IssuedToken;
      find(token: string): Promise<IssuedToken | undefined>;
    };
  }
}
