import { Client, credentials } from '@grpc/grpc-js';
import { callGrpc } from '../../receivers/otlp/grpc-client.js';
import { exporter, log, poisoned, sink } from './pipelines.js';

/** A receiver of gRPC, a processor that ends its thread when it is asked to, an exporter. */
export const grpcChain = (): object => ({
  nodes: {
    in: {
      type: 'receiver:otlp',
      config: { protocols: { grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
    },
    through: poisoned(),
    out: exporter(),
  },
  connections: [
    { from: 'in', to: 'through' },
    { from: 'through', to: 'out' },
  ],
});

/** Clients that send all the time, each with several calls under way on its connection. */
export class GrpcLoad {
  readonly #acknowledged = new Set<string>();
  readonly #calling: Promise<unknown>;
  #stop = false;

  /** @param size of each request, in bytes and about */
  constructor(address: string, size: number) {
    const padding = 'x'.repeat(size);
    this.#calling = Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const client = new Client(address, credentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
        });
        const lanes = Array.from({ length: 4 }, async (_lane, lane) => {
          for (let number = 0; !this.#stop; number++) {
            const name = `client ${index} lane ${lane} number ${number};`;
            const { code } = await callGrpc(address, 'logs', log(`${name}${padding}`), { client });
            if (code === 0) this.#acknowledged.add(name);
          }
        });
        await Promise.all(lanes);
        client.close();
      }),
    );
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** @returns what was acknowledged and never arrived */
  async stop(): Promise<readonly string[]> {
    this.#stop = true;
    await this.#calling;
    const arrived = new Set<string | undefined>();
    for (const { body } of sink.received) {
      arrived.add(/client \d+ lane \d+ number \d+;/.exec(body.toString('latin1'))?.[0]);
    }
    return [...this.#acknowledged].filter((name) => !arrived.has(name));
  }
}
