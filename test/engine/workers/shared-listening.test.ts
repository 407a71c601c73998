import { type AddressInfo, createServer, type Server } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ControlLink } from '../../../src/engine/workers/control-link.js';
import type { EngineQuestions } from '../../../src/engine/workers/questions.js';
import { SharedListening } from '../../../src/engine/workers/shared-listening.js';
import { SharedPorts } from '../../../src/engine/workers/shared-ports.js';
import type { Listening } from '../../../src/pipeline/listening.js';
import { FakeClock } from '../../../src/testing/index.js';
import { freePort } from '../../fixtures/free-port.js';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** How the receivers of a worker listen; the workers of one test share their ports. */
function worker(ports: SharedPorts): Listening {
  const { port1, port2 } = new MessageChannel();
  const defect = (error: Error): never => {
    throw error;
  };
  const answers: Pick<EngineQuestions, 'port'> = { port: (server) => ports.portOf(server) };
  const engine = new ControlLink(port1, answers, defect);
  const link = new ControlLink<EngineQuestions>(port2, {}, defect);
  closing.push(() => engine.close(new Error('the test is over')));
  return new SharedListening(link, new FakeClock()).of({ group: 'default', pipeline: 'main' });
}

async function listen(listening: Listening, port: number, server = createServer()): Promise<AddressInfo> {
  closing.push(() => closed(server));
  return await listening.listen('in', server, { host: '127.0.0.1', port }, {});
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });

describe('receivers that listen in several workers', () => {
  it('have a port for each of their servers, the same in all workers', async () => {
    const ports = new SharedPorts();
    const chosen: number[][] = [];
    for (const listening of [worker(ports), worker(ports)]) {
      const addresses = await Promise.all([listen(listening, 0), listen(listening, 0)]);
      chosen.push(addresses.map(({ port }) => port));
    }
    expect(chosen[0]).toEqual(chosen[1]);
    expect(new Set(chosen.flat()).size).toBe(2);
  });

  it('cannot have two servers at one port', async () => {
    const port = await freePort();
    const listening = worker(new SharedPorts());
    await listen(listening, port);
    await expect(listen(listening, port)).rejects.toMatchObject({
      message: `another server of this receiver listens at 127.0.0.1:${port} already`,
      code: 'EADDRINUSE',
    });
  });

  it('have the port of a server that they closed for the next one', async () => {
    const listening = worker(new SharedPorts());
    const first = createServer();
    const { port } = await listen(listening, 0, first);
    const { port: second } = await listen(listening, 0);
    await closed(first);
    expect((await listen(listening, 0)).port).toBe(port);
    await expect(listen(listening, second)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
