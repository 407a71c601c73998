import { describe, expect, it } from '@jest/globals';
import { TokenBucketConfig } from '../../../src/extensions/token-bucket/config.js';

const messages = (config: object): string[] =>
  TokenBucketConfig.safeParse(config).error?.issues.map(
    ({ message, path }) => `${path.join('.')} ${message}`,
  ) ?? [];

describe('the configuration of a token bucket', () => {
  it('needs a rate and nothing else: per second, with 10000 keys', () => {
    expect(TokenBucketConfig.parse({ rate: 5 })).toEqual({ rate: 5, interval: 1_000, max_keys: 10_000 });
    expect(messages({})).toHaveLength(1);
  });

  it('takes sizes where bytes are counted', () => {
    expect(TokenBucketConfig.parse({ rate: '50GB', interval: '1d', burst: '64MiB' })).toMatchObject({
      rate: 50e9,
      interval: 86_400_000,
      burst: 67_108_864,
    });
  });

  it.each([
    [{ rate: 0 }, 'rate must be larger than zero'],
    [{ rate: '9999999TiB' }, 'rate must be no larger than 8191TiB'],
    [{ rate: 1, burst: 0 }, 'burst must be larger than zero'],
    [{ rate: 1, interval: '0s' }, 'interval must be longer than zero'],
    [{ rate: 1, interval: '10us' }, 'interval must be 1ms or longer'],
    [
      { rate: 1, interval: '1d', burst: 366 },
      'burst would take longer than 365d to fill at this rate; lower it or raise rate',
    ],
  ])('refuses %j: %s', (config, message) => {
    expect(messages(config)).toEqual([message]);
  });

  it.each([{ rate: 1.5 }, { rate: -1 }, { rate: 1, max_keys: 0 }, { rate: 1, brust: 2 }])(
    'refuses %j',
    (config) => {
      expect(messages(config)).toHaveLength(1);
    },
  );
});
