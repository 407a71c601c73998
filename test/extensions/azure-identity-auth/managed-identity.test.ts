import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TraitError } from '../../../src/authoring.js';
import { eventually, Instance } from './harness.js';
import { type Answer, IdentityEndpoint, json } from './identity-endpoint.js';

const HEADER_SECRET = 'identity-header-secret';

let endpoint: IdentityEndpoint;
let instances: Instance[];
let lifetimeS: number;

/** Answers as App Service does: a token for the resource, its expiry as seconds since the epoch. */
const appService: Answer = ({ query, headers }, response) => {
  if (headers['x-identity-header'] !== HEADER_SECRET) return json(response, 401, { message: 'who are you?' });
  return json(response, 200, {
    access_token: `token-${endpoint.asked.length}-for-${query.get('client_id') ?? 'system'}`,
    expires_on: String(Math.floor(Date.now() / 1_000) + lifetimeS),
    resource: query.get('resource'),
    token_type: 'Bearer',
  });
};

// One endpoint for the file: the library keeps the first endpoint that it finds for the whole process.
beforeAll(async () => {
  endpoint = await IdentityEndpoint.start(appService);
  process.env['IDENTITY_ENDPOINT'] = `${endpoint.origin}/msi/token`;
  process.env['IDENTITY_HEADER'] = HEADER_SECRET;
});

afterAll(async () => {
  delete process.env['IDENTITY_ENDPOINT'];
  delete process.env['IDENTITY_HEADER'];
  await endpoint.stop();
});

beforeEach(() => {
  instances = [];
  endpoint.asked.length = 0;
  endpoint.answer = appService;
  lifetimeS = 3_600;
});

afterEach(() => Promise.all(instances.map((instance) => instance.stop())));

/** An identity of its own for each test: the library's cache lasts as long as the process. */
function start(config: Record<string, unknown> = {}): Instance {
  const instance = new Instance({ client_id: randomUUID(), ...config }).start();
  instances.push(instance);
  return instance;
}

describe('azure_identity_auth with a managed identity', () => {
  it('asks the endpoint of the platform once, for the scope’s resource and the identity’s client', async () => {
    const client_id = randomUUID();
    const instance = start({ client_id });
    const tokens = await Promise.all([instance.token(), instance.token()]);
    expect(tokens).toEqual([`token-1-for-${client_id}`, `token-1-for-${client_id}`]);
    expect(endpoint.asked).toHaveLength(1);
    expect(endpoint.asked[0]?.path).toBe('/msi/token');
    expect(endpoint.asked[0]?.query.get('resource')).toBe('https://monitor.azure.com');
  });

  it('uses the identity of the system when none is named', async () => {
    const instance = start({ client_id: undefined, scope: 'https://storage.azure.com/.default' });
    expect(await instance.token()).toBe('token-1-for-system');
    expect(endpoint.asked[0]?.query.get('resource')).toBe('https://storage.azure.com');
  });

  it('gives each instance the token of its own identity', async () => {
    const [one, two] = [start({ client_id: 'one' }), start({ client_id: 'two' })];
    expect([await one.token(), await two.token()].map((token) => token.replace(/^token-\d-/, ''))).toEqual([
      'for-one',
      'for-two',
    ]);
  });

  it('counts the expiry that the endpoint gives as a date on the monotonic clock', async () => {
    const instance = start();
    await instance.token();
    const { expiresAt } = await instance.auth.getToken();
    expect(expiresAt).toBeGreaterThan(3_590_000);
    expect(expiresAt).toBeLessThanOrEqual(3_601_000);
  });

  it('refreshes 299 s ahead of expiry, up to 60 s earlier', async () => {
    const instance = start();
    await instance.token();
    const { nextIn = 0 } = instance.clock;
    expect(nextIn).toBeGreaterThan(3_590_000 - 359_000);
    expect(nextIn).toBeLessThanOrEqual(3_601_000 - 299_000);
  });

  it('finds the same token in the library’s cache while more than 300 s are left, and looks again 10 s later', async () => {
    lifetimeS = 600;
    const instance = start({ client_id: 'cached' });
    const first = await instance.token();
    await instance.clock.advance(instance.clock.nextIn ?? 0);
    await eventually(() => instance.log.text.includes('the token is still the same'));
    expect(instance.clock.nextIn).toBeGreaterThanOrEqual(10_000);
    expect(instance.clock.nextIn).toBeLessThanOrEqual(61_000);
    expect(await instance.token()).toBe(first);
    expect(endpoint.asked).toHaveLength(1);
  });

  it('asks the endpoint again for a token that the library would not serve from its cache', async () => {
    lifetimeS = 290;
    const instance = start({ client_id: 'short' });
    expect(await instance.token()).toBe('token-1-for-short');
    const stream = instance.auth.tokenStream()[Symbol.asyncIterator]();
    await stream.next();
    await instance.clock.advance(10_000);
    expect((await stream.next()).value?.secret.reveal()).toBe('token-2-for-short');
  });

  it.each([400, 404, 410, 429, 500, 503])(
    'asks once, and backs off, when the endpoint answers %i',
    async (status) => {
      endpoint.answer = (_asked, response) =>
        json(response, status, { error: 'unavailable', error_description: 'no' });
      const instance = start();
      const error = await instance.failure();
      expect(error).toBeInstanceOf(TraitError);
      expect(error.message).toContain('cannot get a token: ManagedIdentityCredential: Authentication failed');
      expect(endpoint.asked).toHaveLength(1);
      expect(instance.clock.nextIn).toBeGreaterThanOrEqual(5_000);
      expect(instance.clock.nextIn).toBeLessThanOrEqual(10_000);
    },
  );

  it('recovers by itself', async () => {
    endpoint.answer = (_asked, response) => json(response, 500, {});
    const instance = start({ client_id: 'again' });
    await instance.failure();
    endpoint.answer = appService;
    await instance.clock.advance(10_000);
    expect(await instance.token()).toBe('token-2-for-again');
  });

  it('gives up on an endpoint that does not answer within 30 s, and hangs up', async () => {
    endpoint.answer = () => {};
    const instance = start();
    await eventually(() => endpoint.asked.length === 1);
    await instance.clock.advance(30_000);
    expect((await instance.failure()).message).toContain('the identity endpoint gave no answer within 30 s');
    await eventually(() => endpoint.open === 0);
  });

  it('cancels its own request in flight at shutdown, and nobody else’s', async () => {
    const held: (() => void)[] = [];
    endpoint.answer = (asked, response) => {
      held.push(() => appService(asked, response));
    };
    const [leaving, staying] = [start({ client_id: 'leaving' }), start({ client_id: 'staying' })];
    await eventually(() => endpoint.asked.length === 2);
    await leaving.stop();
    await eventually(() => endpoint.open === 1);
    for (const release of held) release();
    expect(await staying.token()).toContain('for-staying');
  });

  it('shows nothing of tokens and headers, also when the endpoint repeats them', async () => {
    const jwt = `${encode({ alg: 'none' })}.${encode({ sub: 'me' })}.c2lnbmF0dXJl`;
    const bad: Answer[] = [
      (_asked, response) => response.writeHead(200).end(`{"access_token": ${jwt}`),
      (_asked, response) =>
        json(response, 400, { error: 'bad', error_description: `${jwt} and ${HEADER_SECRET}` }),
      (_asked, response) => json(response, 200, { token: jwt }),
    ];
    for (const answer of bad) {
      endpoint.answer = answer;
      const instance = start();
      const error = await instance.failure();
      const shown = [
        instance.log.text,
        error.stack,
        inspect([error, instance.auth], { depth: 12, showHidden: true }),
      ];
      expect(shown.join('\n')).not.toContain(jwt.slice(0, 12));
      expect(shown.join('\n')).not.toContain(HEADER_SECRET);
    }
  });
});

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
