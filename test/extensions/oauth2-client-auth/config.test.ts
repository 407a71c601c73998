import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { OAuth2ClientAuthConfig } from '../../../src/extensions/oauth2-client-auth/config.js';
import { JWT_BEARER } from './authorization-server.js';

const secretGrant = { token_url: 'https://login.example/token', client_id: 'edge', client_secret: 'hush' };
const jwtGrant = {
  grant_type: JWT_BEARER,
  token_url: 'https://login.example/token',
  client_id: 'edge',
  client_certificate_key: 'hush',
};

function issues(config: Record<string, unknown>): string[] {
  const { error } = OAuth2ClientAuthConfig.safeParse(config);
  expect(inspect(error)).not.toContain('hush');
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the configuration of oauth2_client_auth', () => {
  it('has the defaults of the reference', () => {
    expect(OAuth2ClientAuthConfig.parse(secretGrant)).toMatchObject({
      grant_type: 'client_credentials',
      scopes: [],
      expiry_buffer: 300_000,
      default_token_lifetime: 86_400_000,
      timeout: 30_000,
      connect_timeout: 10_000,
      startup_timeout: 30_000,
    });
  });

  it.each([
    ['http on loopback', { token_url: 'http://127.0.0.1:9000/token' }],
    ['http on loopback by name', { token_url: 'http://localhost:9000/token' }],
    ['http on loopback, IPv6', { token_url: 'http://[::1]:9000/token' }],
    ['http elsewhere when told so', { token_url: 'http://login.example/token', tls: { insecure: true } }],
    ['a file beside the inline value', { client_secret_file: '/run/secret' }],
    [
      'only files',
      { client_id: undefined, client_id_file: 'a', client_secret: undefined, client_secret_file: 'b' },
    ],
  ])('takes %s', (_, change) => {
    expect(issues({ ...secretGrant, ...change })).toEqual([]);
  });

  it.each([
    [{ token_url: '' }, 'token_url: must not be empty'],
    [
      { token_url: 'login' },
      'token_url: is not an http or https URL; write it like https://login.example.com/token',
    ],
    [
      { token_url: 'ftp://login.example' },
      'token_url: is not an http or https URL; write it like https://login.example.com/token',
    ],
    [
      { token_url: 'http://login.example/token' },
      'token_url: would send credentials in the clear; use https, or set tls.insecure to true if the network is trusted',
    ],
    [
      { token_url: 'https://me:hush@login.example' },
      'token_url: carries credentials; give them as client_id and client_secret',
    ],
    [
      { client_id: undefined },
      'client_id: is missing: grant_type client_credentials needs client_id or client_id_file',
    ],
    [
      { client_secret: undefined },
      'client_secret: is missing: grant_type client_credentials needs client_secret or client_secret_file',
    ],
    [
      { expiry_buffer: '30s' },
      'expiry_buffer: must be longer than 30s, within which a token is no longer used',
    ],
    [{ default_token_lifetime: '5m' }, 'default_token_lifetime: must be longer than expiry_buffer'],
    [{ timeout: '0s' }, 'timeout: must be longer than zero'],
    [{ connect_timeout: '0s' }, 'connect_timeout: must be longer than zero'],
    [{ startup_timeout: '0s' }, 'startup_timeout: must be longer than zero'],
    [
      { iss: 'me' },
      `iss: belongs to grant_type ${JWT_BEARER}, but grant_type is client_credentials; remove one of them`,
    ],
    [{ endpoint_params: { scope: 'x' } }, 'endpoint_params: sets scope; use the field scopes'],
    [{ colour: 'red' }, ': Unrecognized key: "colour"'],
  ])('refuses %j', (change, issue) => {
    expect(issues({ ...secretGrant, ...change })).toEqual([issue]);
  });

  it.each([
    [
      { client_certificate_key: undefined },
      `client_certificate_key: is missing: grant_type ${JWT_BEARER} needs client_certificate_key or client_certificate_key_file`,
    ],
    [
      { client_secret: 'hush' },
      `client_secret: belongs to grant_type client_credentials, but grant_type is ${JWT_BEARER}; remove one of them`,
    ],
  ])('refuses %j with jwt-bearer', (change, issue) => {
    expect(issues({ ...jwtGrant, ...change })).toEqual([issue]);
  });

  it('reports all that is wrong at once', () => {
    expect(issues({ token_url: 'nowhere', timeout: '0s', client_secret: 7, iss: 'me' })).toHaveLength(5);
  });
});
