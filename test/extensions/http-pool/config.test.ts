import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { HttpPoolConfig } from '../../../src/extensions/http-pool/config.js';
import { parseNoProxy } from '../../../src/extensions/http-pool/no-proxy.js';

/** Each mistake as `path: message`. */
function mistakes(settings: unknown): string[] {
  const { error } = HttpPoolConfig.safeParse(settings);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const proxy = (settings: object): string[] => mistakes({ proxy: settings });

describe('the configuration of http_pool', () => {
  it('needs nothing', () => {
    expect(HttpPoolConfig.parse({})).toEqual({
      max_connections_per_origin: 64,
      connect_timeout: 5_000,
      keep_alive_timeout: 30_000,
      max_keep_alive_timeout: 600_000,
      tcp_keepalive: 45_000,
      drain_timeout: 4_000,
    });
  });

  it('refuses a limit of none, and a drain that takes longer than a stop', () => {
    expect(mistakes({ max_connections_per_origin: 0 })).toHaveLength(1);
    expect(mistakes({ drain_timeout: '5s' })).toEqual([
      'drain_timeout: must be shorter than the 5s that an extension has to stop',
    ]);
  });

  it('refuses tls.insecure, which would be taken for something', () => {
    expect(mistakes({ tls: { insecure: true } })).toEqual([
      'tls.insecure: says nothing here: the scheme of each URL decides whether a connection has TLS',
    ]);
  });

  it.each([
    ['proxy.example:3128', 'is not an http or https URL; write it like http://proxy.example:3128'],
    ['socks5://proxy.example', 'is not an http or https URL; write it like http://proxy.example:3128'],
    [
      'http://edge:hunter2@proxy.example',
      'must not contain a user or a password; give them as username and password',
    ],
    ['http://proxy.example/path', 'must not have a path or a query; a proxy is a scheme, a host and a port'],
  ])('refuses %s as a proxy', (url, message) => {
    expect(proxy({ url })).toEqual([`proxy.url: ${message}`]);
  });

  it('wants either a url or the environment', () => {
    expect(proxy({})).toEqual(['proxy.url: is missing: give url, or from_environment: true']);
    expect(proxy({ url: 'http://p', from_environment: true })).toEqual([
      'proxy.from_environment: stands beside url; give one of the two',
    ]);
  });

  it('wants a user with a password, one password, and no user beside the environment', () => {
    const url = 'http://p';
    expect(proxy({ url, password: 'x' })).toEqual(['proxy.password: needs its user; add username']);
    expect(proxy({ url, password_file: '/x' })).toEqual([
      'proxy.password_file: needs its user; add username',
    ]);
    expect(proxy({ url, username: 'u', password: 'x', password_file: '/x' })).toEqual([
      'proxy.password_file: stands beside password; give one of the two',
    ]);
    expect(proxy({ url, username: 'a:b' })).toEqual([
      'proxy.username: must not contain a colon, which ends it',
    ]);
    expect(proxy({ from_environment: true, username: 'u' })).toEqual([
      'proxy.username: belongs to url; a proxy of the environment has its user in the variable',
    ]);
  });

  it('refuses tls for a proxy without TLS', () => {
    expect(proxy({ url: 'http://p', tls: { ca_file: '/ca' } })).toEqual([
      'proxy.tls: needs an https:// proxy',
    ]);
  });

  it('refuses what is no entry of no_proxy', () => {
    expect(proxy({ url: 'http://p', no_proxy: ['http://a', '10.0.0.0/33'] })).toEqual([
      'proxy.no_proxy.0: is no host, address or network; write it like example.com, 10.1.2.3:4318, 10.0.0.0/8 or *',
      'proxy.no_proxy.1: is no host, address or network; write it like example.com, 10.1.2.3:4318, 10.0.0.0/8 or *',
    ]);
  });

  it('does not show the password', () => {
    const settings = HttpPoolConfig.parse({ proxy: { url: 'http://p', username: 'u', password: 'hunter2' } });
    expect(inspect(settings, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });
});

describe('an entry of no_proxy', () => {
  it.each<[entry: string, host: string, port: number, fits: boolean]>([
    ['*', 'anything', 1, true],
    ['example.com', 'example.com', 443, true],
    ['Example.COM', 'api.example.com', 443, true],
    ['.example.com', 'api.example.com', 443, true],
    ['*.example.com', 'example.com', 443, true],
    ['example.com', 'example.com.', 443, true],
    ['example.com', 'badexample.com', 443, false],
    ['example.com', 'example.com.evil', 443, false],
    ['example.com:8443', 'example.com', 8443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['10.1.2.3', '10.1.2.3', 80, true],
    ['10.1.2.3:4318', '10.1.2.3', 80, false],
    ['10.0.0.0/8', '10.255.0.1', 80, true],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['10.0.0.0/8', 'ten.example', 80, false],
    ['::1', '0:0:0:0:0:0:0:1', 80, true],
    ['[::1]:4318', '::1', 4318, true],
    ['[::1]:4318', '::1', 80, false],
    ['fd00::/8', 'fd12::3', 80, true],
    ['fd00::/8', 'fe80::3', 80, false],
  ])('%s with %s:%i fits: %s', (entry, host, port, fits) => {
    expect(parseNoProxy(entry)?.(host, port)).toBe(fits);
  });

  it.each(['', 'http://a', 'a/b', '10.0.0.0/8/9', '10.0.0.0/x', '[::1', 'a b', '[name]:1'])(
    'is not %j',
    (entry) => {
      expect(parseNoProxy(entry)).toBeUndefined();
    },
  );
});
