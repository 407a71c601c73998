import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TraitError } from '../../../src/authoring.js';
import { AuthorizationServer } from './authorization-server.js';
import { eventually, Instance } from './harness.js';

const CLIENTS = [
  { id: 'edge', secret: 'edge-secret' },
  { id: 'core', secret: 'core-secret' },
] as const;

let server: AuthorizationServer;
let instances: Instance[];

beforeEach(async () => {
  instances = [];
  server = await AuthorizationServer.start({ clients: CLIENTS });
});

afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await server.stop();
});

function start(config: Record<string, unknown> = {}): Instance {
  const instance = new Instance({
    token_url: server.tokenUrl,
    client_id: 'edge',
    client_secret: 'edge-secret',
    ...config,
  });
  instances.push(instance.start());
  return instance;
}

const unavailable: AuthorizationServer['outage'] = (_request, response) => {
  response.writeHead(503).end('<html>maintenance</html>');
};

describe('oauth2_client_auth with client credentials', () => {
  it('asks once for two consumers of one instance', async () => {
    const instance = start();
    const tokens = await Promise.all([instance.token(), instance.token()]);
    expect(tokens[0]).toBe(tokens[1]);
    expect(server.requests).toEqual(['grant_type=client_credentials']);
  });

  it('asks once each for two instances, and each has the token of its own client', async () => {
    const [edge, core] = [start(), start({ client_id: 'core', client_secret: 'core-secret' })];
    const tokens = await Promise.all([edge.token(), core.token()]);
    expect(await Promise.all(tokens.map(async (token) => (await server.whose(token)).client))).toEqual([
      'edge',
      'core',
    ]);
    expect(server.requests).toHaveLength(2);
  });

  it('leaves no connection open between two token requests', async () => {
    await start().token();
    await eventually(async () => (await server.open()) === 0, 1_000);
  });

  it('says ready when the first token is there', async () => {
    const instance = start();
    await instance.ctx.whenReady;
    expect(server.requests).toHaveLength(1);
  });

  it('asks for the scopes and sends the endpoint parameters, also those with several values', async () => {
    const instance = start({
      scopes: ['metrics', 'logs'],
      endpoint_params: { resource_group: 'a b', audiences: ['x', 'y'] },
    });
    expect(await server.whose(await instance.token())).toEqual({ client: 'edge', scope: 'metrics logs' });
    const sent = new URLSearchParams(server.requests[0]);
    expect(sent.get('resource_group')).toBe('a b');
    expect(sent.getAll('audiences')).toEqual(['x', 'y']);
  });

  it('refreshes the buffer ahead of expiry, up to 60 s earlier', async () => {
    const instance = start();
    const first = await instance.token();
    await instance.advanceToNext();
    expect(instance.clock.now()).toBeGreaterThan(3_240_000 - 1);
    expect(instance.clock.now()).toBeLessThanOrEqual(3_300_000);
    await eventually(() => server.requests.length === 2);
    const stream = instance.auth.tokenStream()[Symbol.asyncIterator]();
    let current = (await stream.next()).value?.secret.reveal();
    if (current === first) current = (await stream.next()).value?.secret.reveal();
    expect(current).not.toBe(first);
    expect(await instance.token()).toBe(current);
  });

  it('backs off 10 s doubling to 300 s while the server fails, and recovers by itself', async () => {
    server.outage = unavailable;
    const instance = start();
    for (const [failed, full] of [10, 20, 40, 80, 160, 300, 300, 300].entries()) {
      await eventually(() => warnings(instance) === failed + 1);
      const waited = await instance.advanceToNext();
      expect(waited).toBeGreaterThanOrEqual(full * 500);
      expect(waited).toBeLessThanOrEqual(full * 1_000);
    }
    await eventually(() => warnings(instance) === 9);
    expect(await instance.failure()).toMatchObject({
      message:
        "extension 'login' (bearer_token_provider): cannot get a token: the token endpoint answered HTTP 503",
    });
    expect(server.requests).toHaveLength(9);
    server.outage = undefined;
    await instance.advanceToNext();
    expect((await server.whose(await instance.token())).client).toBe('edge');
    expect(instance.log.text).toContain('got a token again after 9 failed attempts');
  });

  it('keeps the token it has through an outage of the server', async () => {
    const instance = start();
    const first = await instance.token();
    server.outage = unavailable;
    await instance.advanceToNext();
    await eventually(() => warnings(instance) === 1);
    expect(await instance.token()).toBe(first);
  });

  it('falls back to the secret in the body for a server that wants it there, and remembers', async () => {
    server.outage = (request, response) => {
      const refused = request.headers.authorization !== undefined;
      response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' });
      const answer = refused ? { error: 'invalid_client' } : { access_token: 'a', token_type: 'bearer' };
      request.on('end', () => response.end(JSON.stringify(answer)));
    };
    const instance = start();
    await instance.token();
    expect(server.requests).toHaveLength(2);
    await instance.advanceToNext();
    await eventually(() => server.requests.length === 3);
    const inBody = server.requests.map((body) => new URLSearchParams(body).get('client_secret'));
    expect(inBody).toEqual([null, 'edge-secret', 'edge-secret']);
  });

  it('shows what the server says of a wrong secret, and not the secret', async () => {
    const instance = start({ client_secret: 'wrong-secret' });
    const error = await instance.failure();
    expect(error).toBeInstanceOf(TraitError);
    expect(error.message).toBe(
      "extension 'login' (bearer_token_provider): cannot get a token: " +
        'the token endpoint answered HTTP 401: invalid_client: client authentication failed',
    );
  });

  it('takes the lifetime from the configuration when the server does not say', async () => {
    server.outage = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'opaque', token_type: 'Bearer' }));
    };
    const instance = start({ default_token_lifetime: '2h' });
    expect((await instance.auth.getToken()).expiresAt).toBe(7_200_000);
  });

  it.each([
    { what: 'no token', body: { token_type: 'bearer' }, says: '"access_token"' },
    {
      what: 'another type',
      body: { access_token: 'a', token_type: 'dpop' },
      says: 'another type than bearer',
    },
    {
      what: 'a foreign type',
      body: { access_token: 'a', token_type: 'MAC' },
      says: 'cannot get a token: the token endpoint issued a token of another type than bearer',
    },
    {
      what: 'a lifetime below zero',
      body: { access_token: 'a', token_type: 'bearer', expires_in: -1 },
      says: 'expires_in',
    },
    { what: 'a line break', body: { access_token: 'a\nb', token_type: 'bearer' }, says: 'cannot carry' },
    {
      what: 'a token at its end',
      body: { access_token: 'a', token_type: 'bearer', expires_in: 20 },
      says: 'expires in 20 s',
    },
  ])('refuses an answer with $what', async ({ body, says }) => {
    server.outage = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    expect((await start().failure()).message).toContain(says);
  });

  it.each([
    { what: 'HTML', status: 200, body: '<html>', says: "the token endpoint's answer is no token response" },
    { what: 'a redirect', status: 302, body: '', says: 'HTTP 302' },
    {
      what: 'more than a megabyte',
      status: 200,
      body: `"${'x'.repeat(2_000_000)}"`,
      says: "the token endpoint's answer is no token response: it is larger than 1 MiB",
    },
  ])('does not fall for $what', async ({ status, body, says }) => {
    server.outage = (_request, response) => {
      response
        .writeHead(status, { location: 'http://127.0.0.1:1/', 'content-type': 'application/json' })
        .end(body);
    };
    expect((await start().failure()).message).toContain(says);
  });

  it('asks for no content-encoding, and decodes none: a little of it can stand for gigabytes', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(64 * 1_048_576, ' '), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 3 },
    });
    let asked: unknown;
    server.outage = (request, response) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'br' }).end(bomb);
    };
    const { rss } = process.memoryUsage();
    expect((await start().failure()).message).toContain(
      'the token endpoint answered HTTP 200 with content-encoding br, which was not asked for; ' +
        'let it, or the proxy before it, answer uncompressed',
    );
    expect(process.memoryUsage().rss - rss).toBeLessThan(32 * 1_048_576);
    expect(asked).toBe('identity');
  });

  it('says that an answer was cut off', async () => {
    server.outage = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"access_token":', () => response.destroy());
    };
    expect((await start().failure()).message).toMatch(
      /the token endpoint's answer was cut off after 16 bytes: \S/,
    );
  });

  it('takes an answer that says it has no encoding', async () => {
    server.outage = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'identity' });
      response.end(JSON.stringify({ access_token: 'opaque', token_type: 'Bearer' }));
    };
    expect(await start().token()).toBe('opaque');
  });

  it('gives up on a server that does not answer in time', async () => {
    server.outage = () => {};
    const instance = start({ timeout: '7s' });
    await eventually(() => server.requests.length === 1);
    await instance.clock.advance(7_000);
    expect((await instance.failure()).message).toContain('the token endpoint gave no answer within 7 s');
  });

  it('says that nobody listens', async () => {
    const { tokenUrl } = server;
    await server.stop();
    const instance = start({ token_url: tokenUrl });
    expect((await instance.failure()).message).toMatch(
      /cannot get a token: the token endpoint cannot be reached: .*ECONNREFUSED/,
    );
  });

  it('cancels a request in flight at shutdown', async () => {
    let closed = false;
    server.outage = (request) => {
      request.socket.on('close', () => {
        closed = true;
      });
    };
    const instance = start();
    await eventually(() => server.requests.length === 1);
    await instance.stop();
    await eventually(() => closed);
  });
});

describe('oauth2_client_auth with credentials in files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oauth2-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('prefers the files, and reads them again for each token', async () => {
    const [id, secret] = [join(folder, 'id'), join(folder, 'secret')];
    await Promise.all([writeFile(id, 'core\n'), writeFile(secret, 'core-secret\n')]);
    const instance = start({ client_id_file: id, client_secret_file: secret });
    expect((await server.whose(await instance.token())).client).toBe('core');
    await Promise.all([writeFile(id, 'edge'), writeFile(secret, 'edge-secret')]);
    const stream = instance.auth.tokenStream()[Symbol.asyncIterator]();
    await stream.next();
    await instance.advanceToNext();
    const rotated = (await stream.next()).value?.secret.reveal() ?? '';
    expect((await server.whose(rotated)).client).toBe('edge');
  });

  it('names a file that cannot be read, and sends nothing', async () => {
    const instance = start({ client_secret_file: join(folder, 'absent') });
    expect((await instance.failure()).message).toContain('client_secret_file: cannot read the file');
    expect(server.requests).toEqual([]);
  });
});

function warnings(instance: Instance): number {
  return instance.log.lines.filter(({ level }) => level === 'warn').length;
}
