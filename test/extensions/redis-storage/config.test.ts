import { describe, expect, it } from '@jest/globals';
import { RedisStorageConfig, shownAddress } from '../../../src/extensions/redis-storage/config.js';

const messagesOf = (config: object): string[] =>
  RedisStorageConfig.safeParse(config).error?.issues.map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  ) ?? [];

describe('the URL of a Redis server', () => {
  it.each([
    { url: 'redis://cache', address: { tls: false, host: 'cache', port: 6379, database: 0 } },
    { url: 'redis://cache:1/', address: { tls: false, host: 'cache', port: 1, database: 0 } },
    { url: 'rediss://cache/3', address: { tls: true, host: 'cache', port: 6379, database: 3 } },
    { url: 'redis://[::1]:7000/12', address: { tls: false, host: '::1', port: 7000, database: 12 } },
  ])('$url is read', ({ url, address }) => {
    expect(RedisStorageConfig.parse({ url }).url).toEqual(address);
  });

  it.each(['cache:6379', 'http://cache', 'redis://', '', 'redis:///1'])('%j is none', (url) => {
    expect(messagesOf({ url })).toEqual([
      'url is not the URL of a Redis server; write it like redis://host:6379 or rediss://host:6379/1',
    ]);
  });

  it.each(['redis://:pass@cache', 'redis://user@cache', 'redis://user:pass@cache'])(
    '%j must not hold credentials, which would be shown',
    (url) => {
      const [message] = messagesOf({ url });
      expect(message).toBe(
        'url must not hold credentials; write them in username, and password or password_file',
      );
    },
  );

  it.each(['redis://cache/one', 'redis://cache/1/2', 'redis://cache?db=1', 'redis://cache#1'])(
    '%j has something else than the number of a database',
    (url) => {
      expect(messagesOf({ url })).toEqual([
        'url may name a database by its number behind the host, and nothing else',
      ]);
    },
  );

  it('is shown without its database, in a form that can be read again', () => {
    expect(shownAddress({ tls: true, host: '::1', port: 1, database: 2 })).toBe('rediss://[::1]:1');
  });
});

describe('the configuration of redis_storage', () => {
  it.each([
    { with: { tls: {} }, message: 'tls needs a rediss:// URL; a redis:// connection is not encrypted' },
    {
      with: { url: 'rediss://cache', tls: { insecure: true } },
      message: 'tls.insecure contradicts the rediss:// URL; write redis:// to send without TLS',
    },
    {
      with: { password: 'a', password_file: 'b' },
      message: 'password_file stands beside password; give one of the two',
    },
    { with: { username: 'a' }, message: 'username needs its password; add password or password_file' },
  ])('is refused: $message', ({ with: fields, message }) => {
    expect(messagesOf({ url: 'redis://cache', ...fields })).toEqual([message]);
  });
});
