import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuthorizationServer, JWT_BEARER } from './authorization-server.js';
import { eventually, Instance } from './harness.js';

const SECRET = 'correct-horse/battery+staple';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

let server: AuthorizationServer;

beforeEach(async () => {
  server = await AuthorizationServer.start({
    clients: [
      { id: 'edge', secret: SECRET },
      { id: 'robot', auth: 'none' },
    ],
    assertionKey: publicKey,
  });
});

afterEach(() => server.stop());

/** A server that repeats whatever it was sent, in every place that may be shown. */
function repeatAll(status: number): AuthorizationServer['outage'] {
  return (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const sent = [request.headers.authorization, body, ...new URLSearchParams(body).values()].join(' ');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: `refused ${sent}`, error_description: sent, access_token: 7 }));
    });
  };
}

const secretGrant = {
  client_id: 'edge',
  client_secret: SECRET,
  endpoint_params: { password: 'param-secret' },
};
const jwtGrant = { grant_type: JWT_BEARER, client_id: 'robot', client_certificate_key: pem };

describe('the secrets of oauth2_client_auth', () => {
  it.each([
    { grant: 'client_credentials', config: secretGrant, status: 400 },
    { grant: 'client_credentials', config: secretGrant, status: 401 },
    { grant: 'client_credentials', config: secretGrant, status: 200 },
    { grant: 'client_credentials', config: secretGrant, status: 503 },
    { grant: 'jwt-bearer', config: jwtGrant, status: 400 },
    { grant: 'jwt-bearer', config: jwtGrant, status: 200 },
  ])(
    'stand nowhere, also when the server repeats them ($grant, HTTP $status)',
    async ({ config, status }) => {
      const instance = new Instance({ token_url: server.tokenUrl, ...config }).start();
      const good = await instance.token();
      server.outage = repeatAll(status);
      await instance.advanceToNext();
      await eventually(() => instance.log.text.includes('cannot get a token'));
      await instance.clock.advance(2_000);
      const usable = await instance.auth.getToken();
      await instance.stop();
      const stopped = await instance.failure();
      const failing = new Instance({ token_url: server.tokenUrl, ...config }).start();
      const failed = await failing.failure();
      await failing.stop();
      const everything = [
        instance.log.text,
        failing.log.text,
        ...[instance.auth, failing.auth, usable, stopped, failed].map((it) =>
          inspect(it, { depth: 12, showHidden: true }),
        ),
        failed.stack ?? '',
        JSON.stringify(failed),
      ].join('\n');
      const sent = server.requests.flatMap((body) => {
        const values = new URLSearchParams(body);
        return ['client_secret', 'assertion', 'password'].map((name) => values.get(name) ?? '');
      });
      const encoded = [...sent, SECRET].map((value) => new URLSearchParams({ value }).toString().slice(6));
      const hidden = [SECRET, ...sent, ...encoded, ...server.credentials, good, pem.split('\n')[1] ?? ''];
      for (const secret of hidden) if (secret !== '') expect(everything).not.toContain(secret);
    },
  );
});
