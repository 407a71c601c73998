import { Secret } from '../../authoring.js';
import { type NoProxyRule, parseNoProxy } from './no-proxy.js';

/** A proxy with the credentials that its URL had. */
export interface EnvironmentProxy {
  /** Without credentials. */
  readonly url: URL;
  /** `user:password`, decoded. */
  readonly credentials: Secret | undefined;
}

export interface EnvironmentProxies {
  readonly http: EnvironmentProxy | undefined;
  readonly https: EnvironmentProxy | undefined;
  readonly noProxy: readonly NoProxyRule[];
  /** Entries of `NO_PROXY` that mean nothing here; of one that may hold a password, where it stands. */
  readonly ignored: readonly string[];
}

/** A name or a network, which is no URL and has no password. */
const MAY_BE_SHOWN = /^(?:[\w.*-]+|[\da-f:.]+)(?:\/\d*)?$/i;

/**
 * Reads the proxies that the environment names, as other programs do: the name in small letters wins, a URL without a
 * scheme is `http`, and each variable is for the scheme in its name alone.
 *
 * @throws Error naming the variable, never its value, which may hold a password
 */
export function proxiesOf(environment: Readonly<Record<string, string | undefined>>): EnvironmentProxies {
  const [, list = ''] = lookUp(environment, 'no_proxy') ?? [];
  const noProxy: NoProxyRule[] = [];
  const ignored: string[] = [];
  for (const [index, entry] of list
    .split(/[,\s]+/)
    .filter((text) => text !== '')
    .entries()) {
    const rule = parseNoProxy(entry);
    if (rule === undefined) ignored.push(MAY_BE_SHOWN.test(entry) ? entry : `entry ${index + 1}`);
    else noProxy.push(rule);
  }
  return {
    http: proxyOf(environment, 'http_proxy'),
    https: proxyOf(environment, 'https_proxy'),
    noProxy,
    ignored,
  };
}

function proxyOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): EnvironmentProxy | undefined {
  const found = lookUp(environment, name);
  if (found === undefined) return undefined;
  const [variable, value] = found;
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error(
      `${variable}: is not the URL of an http or https proxy; write it like http://proxy.example:3128`,
    );
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  try {
    const credentials =
      username === ''
        ? undefined
        : new Secret(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    return { url, credentials };
  } catch {
    // The platform's error says no more than that, and its input is secret.
    throw new Error(`${variable}: the user or the password is not encoded as in a URL; write % as %25`);
  }
}

function lookUp(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): [variable: string, value: string] | undefined {
  for (const variable of [name, name.toUpperCase()]) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== '') return [variable, value];
  }
  return undefined;
}
