import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { ForwardProxy } from '../../fixtures/forward-proxy.js';
import { RunningPool } from '../http-pool/running-pool.js';
import { AuthorizationServer } from './authorization-server.js';
import { eventually, Instance } from './harness.js';

const LIFETIME_S = 3_600;

let certificates: Certificates;
let server: AuthorizationServer;
let pool: RunningPool;
let instance: Instance | undefined;

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await instance?.stop();
  instance = undefined;
  await pool.stop();
  await server.stop();
});

const startServer = (tls = false): Promise<AuthorizationServer> =>
  AuthorizationServer.start({
    clients: [{ id: 'edge', secret: 'edge-secret' }],
    lifetimeS: LIFETIME_S,
    ...(tls && {
      tls: {
        cert: readFileSync(certificates.serverCert),
        key: readFileSync(certificates.serverKey),
        ca: readFileSync(certificates.ca),
        requestCert: true,
      },
    }),
  });

function make(settings: Record<string, unknown> = {}): Instance {
  const client = { client_id: 'edge', client_secret: 'edge-secret' };
  instance = new Instance({ token_url: server.tokenUrl, ...client, ...settings }, pool.pool);
  return instance;
}

describe('oauth2_client_auth with an http_connection_pool', () => {
  it('gets and refreshes its tokens on a connection of the pool, which outlives it', async () => {
    server = await startServer();
    pool = await RunningPool.start();
    const { clock } = make().start();
    const first = await instance?.token();
    expect(await server.open()).toBe(1);
    await clock.advance((LIFETIME_S - 300) * 1_000);
    await eventually(async () => (await instance?.token()) !== first);
    expect(server.requests).toHaveLength(2);
    expect((await server.whose((await instance?.token()) ?? '')).client).toBe('edge');
    expect(await server.open()).toBe(1);
    await instance?.stop();
    expect(await server.open()).toBe(1);
    await pool.stop();
    await eventually(async () => (await server.open()) === 0);
  });

  it('has the trust, the client certificate and the proxy of the pool', async () => {
    server = await startServer(true);
    const proxy = await ForwardProxy.start({ credentials: 'edge:proxy-5ecret' });
    const { ca: ca_file, clientCert: cert_file, clientKey: key_file } = certificates;
    pool = await RunningPool.start({
      tls: { ca_file, cert_file, key_file },
      proxy: { url: proxy.url, username: 'edge', password: 'proxy-5ecret' },
    });
    make().start();
    expect((await server.whose((await instance?.token()) ?? '')).client).toBe('edge');
    expect(proxy.asked).toEqual([new URL(server.origin).host]);
    await proxy.stop();
  });

  it('says what the proxy of the pool answered, and shows no secret', async () => {
    server = await startServer();
    const proxy = await ForwardProxy.start({ credentials: 'edge:proxy-5ecret' });
    pool = await RunningPool.start({ proxy: { url: proxy.url, username: 'edge', password: 'wr0ng' } });
    make().start();
    const { message } = (await instance?.failure()) ?? {};
    expect(message).toContain(`the token endpoint cannot be reached: proxy ${proxy.url}: answered HTTP 407`);
    expect(`${message}${instance?.log.text}`).not.toMatch(/edge-secret|wr0ng|ZWRnZ/);
    expect(server.requests).toEqual([]);
    await proxy.stop();
  });

  it('gives up a token request when it stops, and the pool goes on', async () => {
    server = await startServer();
    pool = await RunningPool.start();
    let asked = false;
    server.outage = () => {
      asked = true;
    };
    make().start();
    await eventually(() => asked);
    await instance?.stop();
    await eventually(async () => (await server.open()) === 0);
    server.outage = undefined;
    make().start();
    await instance?.token();
  });

  it('says that the pool has stopped', async () => {
    server = await startServer();
    pool = await RunningPool.start();
    await pool.stop();
    make().start();
    expect((await instance?.failure())?.message).toContain(
      "the token endpoint cannot be reached: extension 'pool' (http_connection_pool): has stopped",
    );
  });
});
