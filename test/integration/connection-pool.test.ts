import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RETIREMENT_MS } from '../../src/extension/replacements.js';
import { FakeClock } from '../../src/testing/index.js';
import { type Certificates, makeCertificates } from '../exporters/fixtures/certificates.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { AuthorizationServer } from '../extensions/oauth2-client-auth/authorization-server.js';
import { ForwardProxy } from '../fixtures/forward-proxy.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callHttp } from '../receivers/otlp/http-client.js';

const PASSWORD = 'proxy-5ecret';
const MAIN = { group: 'default', pipeline: 'main' };

let certificates: Certificates;
let authorization: AuthorizationServer;
let backend: OtlpHttpServer;
let proxy: ForwardProxy;

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

beforeEach(async () => {
  const tls = { cert: readFileSync(certificates.serverCert), key: readFileSync(certificates.serverKey) };
  authorization = await AuthorizationServer.start({ clients: [{ id: 'edge', secret: 'edge-secret' }], tls });
  backend = await OtlpHttpServer.start({ tls });
  proxy = await ForwardProxy.start({ credentials: `edge:${PASSWORD}` });
});

afterEach(async () => {
  await Promise.all([authorization.stop(), backend.stop(), proxy.stop()]);
});

const exporter = (): object => ({
  type: 'exporter:otlp_http',
  capabilities: { http_connection_pool: 'pool', bearer_token_provider: 'login' },
  config: { endpoint: backend.endpoint, max_in_flight: 8 },
});

const poolConfig = (connections: number): object => ({
  max_connections_per_origin: connections,
  tls: { ca_file: certificates.ca },
  proxy: { url: proxy.url, username: 'edge', password: PASSWORD },
});

const pipeline = (login: object = {}): object =>
  onePipeline({
    extensions: {
      // Declared before what it uses: the order is the engine's to find.
      login: {
        type: 'extension:oauth2_client_auth',
        capabilities: { http_connection_pool: 'pool' },
        config: {
          token_url: authorization.tokenUrl,
          client_id: 'edge',
          client_secret: 'edge-secret',
          ...login,
        },
      },
      pool: { type: 'extension:http_pool', config: poolConfig(2) },
    },
    nodes: {
      in: {
        type: 'receiver:otlp',
        config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
      },
      a: exporter(),
      b: exporter(),
    },
    connections: [{ from: 'in', to: ['a', 'b'], policies: { dispatch: 'one_of' } }],
  });

describe('a pipeline with one http_pool', () => {
  it('sends what two exporters send, and the token requests of their provider, on its connections alone', async () => {
    const running = await RunningEngine.start(pipeline());
    const address = running.address('in', 'http');
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => callHttp(address, { body: sampleRequest('logs') })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(backend.received).toHaveLength(40);
    expect(backend.connections).toBeLessThanOrEqual(2);
    const hosts = [authorization.origin, backend.endpoint].map((url) => new URL(url).host);
    expect(new Set(proxy.asked)).toEqual(new Set(hosts));
    expect(authorization.requests).toHaveLength(1);
    const [token] = new Set(backend.received.map(({ headers }) => headers.authorization));
    expect((await authorization.whose(token?.replace('Bearer ', '') ?? '')).client).toBe('edge');
    expect(await running.stop()).toMatchObject([{ received: 40, exported: 40, failed: 0 }]);
    await eventually(() => proxy.open === 0);
    expect(running.log.text).not.toContain('5ecret');
  });

  it('is not built when a component that binds it has connection settings of its own, and says which', async () => {
    const building = RunningEngine.start(pipeline({ connect_timeout: '1s' }));
    await expect(building).rejects.toThrow(/'login'.*connect_timeout: for connections of its own/s);
  });

  it('loses and refuses nothing when the pool is replaced under load, and the old connections end', async () => {
    const clock = new FakeClock();
    const running = await RunningEngine.start(pipeline(), { clock });
    const address = running.address('in', 'http');
    const statuses: number[] = [];
    let over = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!over) statuses.push((await callHttp(address, { body: sampleRequest('logs') })).status);
    });
    const replacements = 20;
    for (let done = 1; done <= replacements; done++) {
      const sent = statuses.length;
      await running.engine.replaceExtension(MAIN, 'pool', poolConfig(1 + (done % 3)));
      await eventually(() => statuses.length >= sent + 16);
    }
    over = true;
    await Promise.all(load);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(backend.received).toHaveLength(statuses.length);
    // Each pool had a connection at least, which is two sockets of the proxy.
    expect(proxy.open).toBeGreaterThanOrEqual(2 * replacements);
    await clock.advance(RETIREMENT_MS);
    await eventually(() => proxy.open <= 2 * (1 + (replacements % 3)));
    expect((await callHttp(address, { body: sampleRequest('logs') })).status).toBe(200);
    await running.stop();
    await eventually(() => proxy.open === 0);
    expect(running.log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});
