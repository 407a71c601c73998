import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/index.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { AuthorizationServer } from '../extensions/oauth2-client-auth/authorization-server.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callHttp } from '../receivers/otlp/http-client.js';

const LIFETIME_S = 3_600;

let authorization: AuthorizationServer;
let grpc: OtlpGrpcServer;
let http: OtlpHttpServer;

beforeEach(async () => {
  grpc = await OtlpGrpcServer.start();
  http = await OtlpHttpServer.start();
  authorization = await AuthorizationServer.start({
    clients: [
      { id: 'edge', secret: 'edge-secret' },
      { id: 'core', secret: 'core-secret' },
    ],
    lifetimeS: LIFETIME_S,
  });
});

afterEach(async () => {
  grpc.stop();
  await http.stop();
  await authorization.stop();
});

/** Time-outs are long: a test moves the fake clock far at once, while sockets take real time. */
const timeout = '1h';

const login = (client: 'edge' | 'core'): object => ({
  type: 'extension:oauth2_client_auth',
  config: {
    token_url: authorization.tokenUrl,
    client_id: client,
    client_secret: `${client}-secret`,
    timeout,
  },
});

/** Two exporters that take turns, each with the extension that it is told to use. */
const twoExporters = (
  extensions: Readonly<Record<string, object>>,
  bindings: { readonly grpc: string; readonly http: string },
): object =>
  onePipeline({
    extensions,
    nodes: {
      in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
      grpc: {
        type: 'exporter:otlp_grpc',
        capabilities: { bearer_token_provider: bindings.grpc },
        config: { grpc_endpoint: grpc.endpoint, http2_keepalive_interval: null, timeout },
      },
      http: {
        type: 'exporter:otlp_http',
        capabilities: { bearer_token_provider: bindings.http },
        config: { endpoint: http.endpoint, http: { timeout } },
      },
    },
    connections: [{ from: 'in', to: ['grpc', 'http'], policies: { dispatch: 'one_of' } }],
  });

const oneForBoth = (): object => twoExporters({ login: login('edge') }, { grpc: 'login', http: 'login' });

/** Sends requests and expects that the receiver takes them. */
async function send(running: RunningEngine, requests: number): Promise<void> {
  for (let sent = 0; sent < requests; sent++) {
    const answer = await callHttp(running.address('in', 'http'), { body: sampleRequest('logs') });
    expect(answer.status).toBe(200);
  }
}

const delivered = (): number => grpc.received.length + http.received.length;

/** Tokens as the backends saw them. */
const tokens = (): { readonly grpc: readonly string[]; readonly http: readonly string[] } => ({
  grpc: grpc.received.map(({ metadata }) => bare(metadata.get('authorization').map(String).join())),
  http: http.received.map(({ headers }) => bare(headers.authorization ?? '')),
});

const bare = (header: string): string => header.replace(/^Bearer /, '');

describe('two exporters that share one oauth2_client_auth', () => {
  it('cause one token request, and both send its token', async () => {
    await using running = await RunningEngine.start(oneForBoth());
    await send(running, 8);
    await eventually(() => delivered() === 8);
    expect(authorization.requests).toHaveLength(1);
    const sent = tokens();
    expect([sent.grpc.length, sent.http.length]).toEqual([4, 4]);
    const [token, ...others] = [...new Set([...sent.grpc, ...sent.http])];
    expect(others).toEqual([]);
    expect(await authorization.whose(token ?? '')).toMatchObject({ client: 'edge' });
  });

  it('both send the next token after it was refreshed ahead of expiry', async () => {
    const clock = new FakeClock(Date.now());
    await using running = await RunningEngine.start(oneForBoth(), { clock });
    await send(running, 2);
    await eventually(() => delivered() === 2);
    const [first] = tokens().http;
    // 5 minutes ahead of expiry, and up to one minute earlier.
    await clock.advance((LIFETIME_S - 360) * 1_000 - 1);
    expect(authorization.requests).toHaveLength(1);
    await clock.advance(60_001);
    await eventually(() => authorization.requests.length === 2);
    await eventually(() => running.log.text.split('got a token').length === 3);
    await send(running, 2);
    await eventually(() => delivered() === 4);
    const sent = tokens();
    expect(sent.grpc).toEqual([first, sent.http[1]]);
    expect(sent.http).toEqual([first, expect.not.stringMatching(`^${first}$`)]);
    expect(authorization.requests).toHaveLength(2);
  });
});

describe('two instances of oauth2_client_auth with different clients', () => {
  it('cause two token requests, and each exporter sends the token of its own', async () => {
    const extensions = { edge: login('edge'), core: login('core') };
    await using running = await RunningEngine.start(twoExporters(extensions, { grpc: 'edge', http: 'core' }));
    await send(running, 4);
    await eventually(() => delivered() === 4);
    expect(authorization.requests).toHaveLength(2);
    const clientsOf = (sent: readonly string[]) =>
      Promise.all(sent.map(async (token) => (await authorization.whose(token)).client));
    expect(await clientsOf(tokens().grpc)).toEqual(['edge', 'edge']);
    expect(await clientsOf(tokens().http)).toEqual(['core', 'core']);
  });
});

describe('an authorization server that fails', () => {
  const unavailable: AuthorizationServer['outage'] = (_request, response) => {
    response.writeHead(503).end('maintenance');
  };

  it('is asked again after 10 s doubling to 300 s, and no data is lost when it recovers', async () => {
    const clock = new FakeClock(Date.now());
    const running = await RunningEngine.start(oneForBoth(), { clock });
    const failures = () =>
      running.log.lines.filter(({ message }) => message.startsWith('cannot get a token'));
    await send(running, 2);
    await eventually(() => delivered() === 2);

    authorization.outage = unavailable;
    await clock.advance((LIFETIME_S - 300) * 1_000);
    await eventually(() => failures().length === 1);
    await send(running, 2);
    await eventually(() => delivered() === 4);

    const longestS = [10, 20, 40, 80, 160, 300, 300];
    for (const [index, seconds] of longestS.entries()) {
      const waitS = Number(failures()[index]?.fields['retryInS']);
      expect(waitS).toBeGreaterThanOrEqual(seconds / 2);
      expect(waitS).toBeLessThanOrEqual(seconds);
      await clock.advance(seconds * 1_000);
      await eventually(() => failures().length === index + 2);
    }
    expect(failures()[0]?.fields).toMatchObject({ extension: 'login', currentToken: 'still usable' });
    expect(failures().at(-1)?.fields).toMatchObject({ currentToken: 'none' });

    await send(running, 6);
    await clock.advance(10_000);
    expect(delivered()).toBe(4);
    authorization.outage = undefined;
    await clock.advance(300_000);
    await eventually(() => delivered() === 10);

    const all = [...tokens().grpc, ...tokens().http];
    const [before, after] = [...new Set(all)];
    expect(all.filter((token) => token === before)).toHaveLength(4);
    expect(all.filter((token) => token === after)).toHaveLength(6);
    expect(await running.stop()).toEqual([
      { group: 'default', pipeline: 'main', received: 10, exported: 10, failed: 0, dropped: 0 },
    ]);
  });

  it('holds the data path at the start, and the error names the extension that waits for it', async () => {
    authorization.outage = unavailable;
    const clock = new FakeClock(Date.now());
    const running = await RunningEngine.build(oneForBoth(), { clock });
    const started = running.engine.start();
    const failed = expect(started).rejects.toThrow(
      "extension 'login' (extension:oauth2_client_auth) of pipeline 'default/main' was not ready within 30 s",
    );
    await eventually(() => authorization.requests.length === 1);
    await clock.advance(30_000);
    await failed;
    expect(running.log.text).toContain('the token endpoint answered HTTP 503');
    expect(running.log.text).not.toContain("message: 'listening'");
  });
});
