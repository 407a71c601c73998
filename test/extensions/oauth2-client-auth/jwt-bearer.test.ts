import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuthorizationServer, JWT_BEARER } from './authorization-server.js';
import { Instance } from './harness.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

let server: AuthorizationServer;
let instance: Instance | undefined;

beforeEach(async () => {
  server = await AuthorizationServer.start({
    clients: [{ id: 'robot', auth: 'none' }],
    assertionKey: rsa.publicKey,
  });
});

afterEach(async () => {
  await instance?.stop();
  await server.stop();
});

function start(config: Record<string, unknown> = {}): Instance {
  instance = new Instance({
    grant_type: JWT_BEARER,
    token_url: server.tokenUrl,
    client_id: 'robot',
    client_certificate_key: pem,
    ...config,
  }).start();
  return instance;
}

describe('oauth2_client_auth with a JWT bearer assertion', () => {
  it('gets the token of the client that the assertion names', async () => {
    expect(await server.whose(await start({ scopes: ['metrics'] }).token())).toEqual({
      client: 'robot',
      scope: 'metrics',
    });
    expect(new URLSearchParams(server.requests[0]).get('grant_type')).toBe(JWT_BEARER);
  });

  it('claims the client as issuer and subject, the token URL as audience, and five minutes of life', async () => {
    await start().token();
    const [assertion] = server.assertions;
    expect(assertion?.header).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(assertion?.claims).toEqual({
      iss: 'robot',
      sub: 'robot',
      aud: server.tokenUrl,
      iat: expect.any(Number),
      exp: Number(assertion?.claims['iat']) + 300,
      jti: expect.any(String),
    });
  });

  it('claims what the configuration says instead, and names the key', async () => {
    const config = {
      iss: 'fleet',
      audience: server.tokenUrl,
      claims: { sub: 'vehicle-7', roles: ['writer'] },
      signature_algorithm: 'PS384',
      client_certificate_key_id: 'key-1',
    };
    await start(config).token();
    const [assertion] = server.assertions;
    expect(assertion?.header).toEqual({ alg: 'PS384', typ: 'JWT', kid: 'key-1' });
    expect(assertion?.claims).toMatchObject({ iss: 'fleet', sub: 'vehicle-7', roles: ['writer'] });
  });

  it.each(['pkcs1', 'pkcs8'] as const)('reads a %s key from a file', async (type) => {
    const folder = await mkdtemp(join(tmpdir(), 'oauth2-jwt-'));
    const path = join(folder, 'key.pem');
    await writeFile(path, rsa.privateKey.export({ format: 'pem', type }));
    expect((await server.whose(await start({ client_certificate_key_file: path }).token())).client).toBe(
      'robot',
    );
    await rm(folder, { recursive: true });
  });

  it('says that the key is none, without showing it', async () => {
    const { message } = await start({ client_certificate_key: 'not a key' }).failure();
    expect(message).toContain('client_certificate_key: is not an unencrypted private key in PEM');
    expect(message).not.toContain('not a key');
  });

  it('says that the key does not fit the algorithm', async () => {
    const key = elliptic.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const { message } = await start({ client_certificate_key: key }).failure();
    expect(message).toContain('this ec key cannot sign with RS256; set signature_algorithm');
  });

  it('shows the server’s refusal without the assertion that the server repeats in it', async () => {
    const error = await start({ audience: 'https://elsewhere.example' }).failure();
    expect(error.message).toContain(
      'the token endpoint answered HTTP 400: invalid_grant: assertion [REDACTED] is not good',
    );
  });
});
