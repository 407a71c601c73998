import type { TraitSample } from './trait-sample.js';

/** Connections that are kept open, so many to each server at most. */
export const httpConnectionPool: TraitSample = {
  name: 'http_connection_pool',
  id: 'HttpConnectionPool',
  does: 'shares HTTP connections',
  fields: [
    {
      name: 'connections_per_server',
      schema: 'z.number().int().positive().default(16)',
      imports: [],
      description: 'How many connections to one server are open at most.',
    },
  ],
  config: {},
  services: ['errors'],
  imports: [],
  modules: { undici: ['Agent', 'type Dispatcher'] },
  dependencies: ['undici'],
  state: `  readonly #agent: Agent;
`,
  setUp: `    this.#agent = new Agent({ connections: settings.connections_per_server });
`,
  start: `    ctx.ready();
    await ctx.stopping();
    // Takes no new requests, and ends after the last one that is under way.
    await this.#agent.close();
`,
  members: `  /** What one request is sent with. Trust (TLS), a proxy and timeouts are options of the agent. */
  dispatcher(): Dispatcher {
    if (this.#agent.closed) throw this.errors.create(HttpConnectionPool, 'has stopped');
    return this.#agent;
  }
`,
  boundBy: 'exporter',
  test: {
    imports: ['TraitError'],
    modules: {
      'node:events': ['once'],
      'node:http': ['createServer'],
      'node:net': ['type AddressInfo'],
    },
    cases: `  it('sends requests over its connections until it stops', async () => {
    const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await using harness = await started();
      const pool = harness.trait(HttpConnectionPool);
      const origin = 'http://127.0.0.1:' + (server.address() as AddressInfo).port;
      const { statusCode, body } = await pool.dispatcher().request({ origin, path: '/', method: 'GET' });
      assert.deepEqual([statusCode, await body.text()], [200, 'hello']);
      assert.deepEqual(await harness.stop(), []);
      assert.throws(() => pool.dispatcher(), TraitError);
    } finally {
      server.close();
    }
  });
`,
  },
};
