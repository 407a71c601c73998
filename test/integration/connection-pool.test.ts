import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.js';
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

const pipeline = (): object =>
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

/** What is wrong with a pool beside the settings of those that bind it, each as `path: message`. */
async function mistakes(exporterConfig: object, loginConfig: object): Promise<readonly string[]> {
  const client = { client_id: 'edge', client_secret: 'edge-secret' };
  const login = { token_url: 'http://localhost/token', ...client, ...loginConfig };
  const capabilities = { http_connection_pool: 'pool' };
  const config = onePipeline({
    extensions: {
      pool: { type: 'extension:http_pool' },
      login: { type: 'extension:oauth2_client_auth', capabilities, config: login },
    },
    nodes: {
      in: { type: 'receiver:otlp', config: { protocols: { http: {} } } },
      out: {
        type: 'exporter:otlp_http',
        capabilities: { ...capabilities, bearer_token_provider: 'login' },
        config: { endpoint: 'http://localhost', ...exporterConfig },
      },
    },
    connections: [{ from: 'in', to: 'out' }],
  });
  try {
    await RunningEngine.build(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ path, message }) => `${path.slice(4).join('.')}: ${message}`);
  }
}

describe('settings for own connections beside a bound http_connection_pool', () => {
  const tls = { ca_file: '/ca.pem' };

  it('are mistakes, each at its place', async () => {
    const http = {
      connect_timeout: '1s',
      concurrency_limit: 1,
      tcp_nodelay: false,
      tcp_keepalive: null,
      tls,
    };
    const endpoint = 'https://localhost';
    const found = await mistakes({ endpoint, client_pool_size: 2, http }, { connect_timeout: '1s', tls });
    expect(found.map((mistake) => mistake.slice(0, mistake.indexOf(':'))).sort()).toEqual([
      'extensions.login.config.connect_timeout',
      'extensions.login.config.tls',
      'nodes.out.config.client_pool_size',
      'nodes.out.config.http.concurrency_limit',
      'nodes.out.config.http.connect_timeout',
      'nodes.out.config.http.tcp_keepalive',
      'nodes.out.config.http.tcp_nodelay',
      'nodes.out.config.http.tls',
    ]);
    expect(found).toContain(
      "nodes.out.config.http.tls: is for connections of the exporter's own, but an http_connection_pool is bound, " +
        'which has its own settings; configure the extension that provides it, and remove this',
    );
  });

  it('may say what they say without a word, and that plain http is meant', async () => {
    const insecure = { insecure: true };
    const http = { connect_timeout: '3s', tcp_keepalive: '45s', tls: insecure };
    expect(await mistakes({ client_pool_size: 1, http }, { connect_timeout: '10s', tls: insecure })).toEqual(
      [],
    );
  });
});
