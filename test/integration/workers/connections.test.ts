import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { callGrpc } from '../../receivers/otlp/grpc-client.js';
import { EmbeddingProcess, onCores } from './embedding.js';
import { log, stamp } from './pipelines.js';

describe('long-lived connections to workers', () => {
  it('are spread by asking a client to come back, and no call is refused for it', async () => {
    const tickets = { type: 'urn:test:extension:shared_tickets' };
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        extensions: { tickets },
        nodes: {
          in: { type: 'receiver:otlp', config: { protocols: { grpc: { listening_addr: '127.0.0.1:0' } } } },
          stamp: stamp(),
          out: { type: 'exporter:noop' },
        },
        connections: [
          { from: 'in', to: 'stamp' },
          { from: 'stamp', to: 'out' },
        ],
      }),
    );
    const address = await engine.address('in', 'grpc');
    const clients = Array.from(
      { length: 2 },
      () =>
        new Client(address, credentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
        }),
    );
    const codes = new Set<number>();
    let even = false;
    const calling = clients.map(async (client) => {
      while (!even) codes.add((await callGrpc(address, 'logs', log('fine'), { client })).code);
    });
    // Both clients call at the same pace, so when each has a worker of its own, both workers take about the same.
    await eventually(async () => {
      const stamped = (await engine.log()).filter(({ message }) => message === 'stamped').slice(-100);
      const shares = [0, 1].map((worker) => stamped.filter((line) => line['worker'] === worker).length);
      return Math.min(...shares) > 20;
    });
    even = true;
    await Promise.all(calling);
    for (const client of clients) client.close();
    expect([...codes]).toEqual([0]);
  });
});
