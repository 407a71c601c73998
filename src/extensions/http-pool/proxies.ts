import { type ClientTls, FollowedClientTls, type Logger, readSecretFile, Secret } from '../../authoring.js';
import type { ProxySettings } from './config.js';
import { type EnvironmentProxy, proxiesOf } from './environment.js';
import { type NoProxyRule, parseNoProxy } from './no-proxy.js';

/** Where a request goes. */
export interface Target {
  readonly secure: boolean;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A forward proxy. */
export interface ForwardProxy extends Target {
  /** Its URL without credentials, for messages. */
  readonly shown: string;
  readonly tls: FollowedClientTls;
  /**
   * The value of `Proxy-Authorization`, `undefined` when the proxy asks for nothing.
   *
   * @throws Error when the password's file cannot be read
   */
  authorization(): Promise<Secret | undefined>;
}

/** Which proxy a target is reached through. */
export class Proxies {
  readonly #http: ForwardProxy | undefined;
  readonly #https: ForwardProxy | undefined;
  readonly #without: readonly NoProxyRule[];

  /**
   * @param environment read when the settings ask for it
   * @throws Error naming a variable that holds no proxy
   */
  constructor(settings: ProxySettings | undefined, environment: NodeJS.ProcessEnv, log: Logger) {
    const without = (settings?.no_proxy ?? []).flatMap((entry) => parseNoProxy(entry) ?? []);
    if (settings?.from_environment === true) {
      const { http, https, noProxy, ignored } = proxiesOf(environment);
      if (ignored.length > 0)
        log.warn('NO_PROXY has entries that are no host, address or network', { ignored });
      this.#http = http && fromEnvironment(http, settings.tls, log);
      this.#https = https && fromEnvironment(https, settings.tls, log);
      this.#without = [...without, ...noProxy];
    } else {
      this.#http = settings && configured(settings, log);
      this.#https = this.#http;
      this.#without = without;
    }
  }

  /** The proxy to go through; `undefined` to go straight there. */
  for({ secure, host, port }: Target): ForwardProxy | undefined {
    const proxy = secure ? this.#https : this.#http;
    return proxy === undefined || this.#without.some((rule) => rule(host, port)) ? undefined : proxy;
  }

  /** Every proxy there is. */
  get all(): readonly ForwardProxy[] {
    return [...new Set([this.#http, this.#https])].filter((proxy) => proxy !== undefined);
  }
}

function configured(settings: ProxySettings, log: Logger): ForwardProxy | undefined {
  const { url, username, password, password_file: path, tls } = settings;
  if (url === undefined) return undefined;
  const address = addressOf(url);
  return {
    ...address,
    tls: new FollowedClientTls(tls, log, address.shown),
    authorization: async () => {
      if (username === undefined) return undefined;
      const secret = path === undefined ? password : await readSecretFile(path, 'proxy.password_file');
      return basic(`${username}:${secret?.reveal() ?? ''}`);
    },
  };
}

function fromEnvironment(
  { url, credentials }: EnvironmentProxy,
  tls: ClientTls | undefined,
  log: Logger,
): ForwardProxy {
  const address = addressOf(url);
  const authorization = credentials && basic(credentials.reveal());
  return {
    ...address,
    tls: new FollowedClientTls(tls, log, address.shown),
    authorization: async () => authorization,
  };
}

function addressOf(url: URL): Target & { readonly shown: string } {
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    shown: url.origin,
  };
}

function basic(credentials: string): Secret {
  return new Secret(`Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`);
}
