import { describe, expect, it } from '@jest/globals';
import { AuthorizationServer } from '../../extensions/oauth2-client-auth/authorization-server.js';
import { EmbeddingProcess, onCores } from './embedding.js';
import { all200, chain, exporter, receiver, send, sink, stamp, withSink } from './pipelines.js';

withSink();

describe('a shared extension of workers', () => {
  it('is one instance in the process; a local one is one in each worker', async () => {
    const extensions = {
      one: { type: 'urn:test:extension:shared_tickets' },
      each: { type: 'urn:test:extension:local_tickets' },
    };
    await using engine = await EmbeddingProcess.start(
      onCores(2, chain({ one: stamp('one'), each: stamp('each') }, { extensions })),
    );
    const created = await engine.logged('tickets created');
    expect(created.map((line) => line['execution']).sort()).toEqual(['local', 'local', 'shared']);
    await send(await engine.address('in', 'http'), 50);
    const stamped = await engine.logged('stamped', 100);
    const numbers = (node: string): unknown[] =>
      stamped.filter((line) => line['node'] === node).map((line) => line['ticket']);
    // Nobody else got the same number.
    expect(new Set(numbers('one')).size).toBe(50);
    expect(new Set(numbers('each')).size).toBeLessThan(50);
    const statuses = await engine.extensions();
    expect(statuses.map(({ name, state, instances }) => [name, state, instances])).toEqual([
      ['one', 'serving', 1],
      ['each', 'serving', 2],
    ]);
  });

  it('makes one token request for four workers', async () => {
    const server = await AuthorizationServer.start({ clients: [{ id: 'edge', secret: 'edge-secret' }] });
    const login = {
      type: 'extension:oauth2_client_auth',
      config: { token_url: server.tokenUrl, client_id: 'edge', client_secret: 'edge-secret' },
    };
    const config = onCores(4, {
      extensions: { login },
      nodes: { in: receiver(), out: exporter({ bearer_token_provider: 'login' }) },
      connections: [{ from: 'in', to: 'out' }],
    });
    {
      await using engine = await EmbeddingProcess.start(config);
      expect(await send(await engine.address('in', 'http'), 80)).toEqual(all200(80));
      const tokens = new Set(sink.received.map(({ headers }) => headers.authorization));
      expect(tokens.size).toBe(1);
      expect([...tokens][0]).toMatch(/^Bearer /);
      expect(server.requests).toHaveLength(1);
      await engine.stop();
    }
    await server.stop();
  });

  it('is asked once by a worker whose requests all read the current token', async () => {
    const tokens = { type: 'urn:test:extension:counted_tokens' };
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        extensions: { tokens },
        nodes: { in: receiver(), out: exporter({ bearer_token_provider: 'tokens' }) },
        connections: [{ from: 'in', to: 'out' }],
      }),
    );
    await send(await engine.address('in', 'http'), 100);
    expect(sink.received.every(({ headers }) => headers.authorization === 'Bearer counted')).toBe(true);
    const asked = (await engine.log()).filter(({ message }) => message.startsWith('asked for a '));
    // At most a stream and a token for each of the two workers.
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(asked.every((line) => line['worker'] === undefined)).toBe(true);
  });
});
