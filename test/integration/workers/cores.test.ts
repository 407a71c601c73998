import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { DataflowProcess, inline } from '../../fixtures/dataflow-process.js';
import { freePort } from '../../fixtures/free-port.js';
import { callGrpc } from '../../receivers/otlp/grpc-client.js';
import { EmbeddingProcess, onCores } from './embedding.js';
import {
  all200,
  chain,
  exporter,
  log,
  poisoned,
  receiver,
  send,
  sink,
  stamp,
  withSink,
} from './pipelines.js';

withSink();

describe('a pipeline on several cores', () => {
  it('has an instance in each worker, which share the port that the system chose', async () => {
    await using engine = await EmbeddingProcess.start(onCores(3, chain({})));
    const listening = await engine.logged('listening', 3);
    expect(listening.map((line) => line['worker']).sort()).toEqual([0, 1, 2]);
    expect(new Set(listening.map((line) => line['address'])).size).toBe(1);
    expect(await send(await engine.address('in', 'http'), 60)).toEqual(all200(60));
    expect(sink.received).toHaveLength(60);
    expect(await engine.stop()).toEqual([
      { group: 'default', pipeline: 'main', received: 60, exported: 60, failed: 0, dropped: 0 },
    ]);
  });

  it('takes part of the connections in each worker', async () => {
    const tickets = { type: 'urn:test:extension:shared_tickets' };
    await using engine = await EmbeddingProcess.start(
      onCores(2, chain({ stamp: stamp() }, { extensions: { tickets } })),
    );
    await send(await engine.address('in', 'http'), 100);
    const stamped = await engine.logged('stamped', 100);
    const shares = [0, 1].map((worker) => stamped.filter((line) => line['worker'] === worker).length);
    expect(Math.min(...shares)).toBeGreaterThan(10);
  });

  it('refuses to share its port with another process, another engine among them', async () => {
    const port = await freePort();
    const fixed = (): object => ({
      ...chain({}),
      nodes: {
        in: receiver({ protocols: { http: { listening_addr: `127.0.0.1:${port}` } } }),
        out: exporter(),
      },
    });
    await using first = await EmbeddingProcess.start(onCores(2, fixed()));
    const refusal =
      `cannot listen for OTLP over http on 127.0.0.1:${port}: another process listens there; ` +
      'stop it or choose another protocols.http.listening_addr';
    await expect(EmbeddingProcess.start(onCores(2, fixed()))).rejects.toThrow(refusal);
    await first.stop();
    const other = createServer().listen(port, '127.0.0.1');
    await expect(EmbeddingProcess.start(onCores(2, fixed()))).rejects.toThrow(refusal);
    other.close();
  });

  it('refuses two receivers at one address', async () => {
    const listening_addr = `127.0.0.1:${await freePort()}`;
    const twin = { type: 'receiver:otlp', config: { protocols: { http: { listening_addr } } } };
    await expect(
      EmbeddingProcess.start(
        onCores(2, {
          nodes: { one: twin, two: twin, out: exporter() },
          connections: [{ from: ['one', 'two'], to: 'out' }],
        }),
      ),
    ).rejects.toThrow(
      new RegExp(
        `cannot listen for OTLP over http on ${listening_addr}: ` +
          `receiver '(one|two)' of pipeline 'default/main' listens at ${listening_addr} already; ` +
          'check protocols.http.listening_addr',
      ),
    );
  });

  it('listens at a port of its own for each protocol, the same in all workers, also in one that starts later', async () => {
    const listening_addr = '127.0.0.1:0';
    const both = receiver({ protocols: { grpc: { listening_addr }, http: { listening_addr } } });
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        nodes: { in: both, through: poisoned(), out: exporter() },
        connections: [
          { from: 'in', to: 'through' },
          { from: 'through', to: 'out' },
        ],
      }),
    );
    const [grpc, http] = [await engine.address('in', 'grpc'), await engine.address('in', 'http')];
    expect(grpc).not.toBe(http);
    const serve = async (): Promise<void> => {
      expect(await send(http, 20)).toEqual(all200(20));
      const calls = Array.from({ length: 20 }, () => callGrpc(grpc, 'logs', log('fine')));
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(new Array(20).fill(0));
    };
    await serve();
    await send(http, 1, 'poison: exit').catch(() => {});
    await engine.logged('the worker serves again');
    const listening = await engine.logged('listening', 6);
    for (const [protocol, address] of [
      ['grpc', grpc],
      ['http', http],
    ]) {
      const lines = listening.filter((line) => line['protocol'] === protocol);
      expect(lines.map((line) => line['address'])).toEqual([address, address, address]);
    }
    await serve();
  });

  it('refuses two protocols of a receiver at one address, however that is written', async () => {
    const port = await freePort();
    const protocols = {
      grpc: { listening_addr: `127.0.0.1:${port}` },
      http: { listening_addr: `localhost:${port}` },
    };
    const config = onCores(2, { ...chain({}), nodes: { in: receiver({ protocols }), out: exporter() } });
    await expect(EmbeddingProcess.start(config)).rejects.toThrow(
      `cannot listen for OTLP over http on localhost:${port}: another server of this receiver listens at ` +
        `127.0.0.1:${port} already; check protocols.http.listening_addr`,
    );
  });

  it.each([
    ['on the command line', ['--input-type=module'], {}],
    ['by NODE_OPTIONS', [], { NODE_OPTIONS: '--input-type=module' }],
  ])('runs in a process whose program is a text, as %s says', async (_, options, env) => {
    const program = `
      import { Engine } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)};
      const engine = await Engine.fromConfig(${JSON.stringify(onCores(2, chain({})))});
      await engine.start();
      console.log(JSON.stringify(await engine.stop()));`;
    const { stdout } = await promisify(execFile)(process.execPath, [...options, '-e', program], {
      env: { ...process.env, ...env },
    });
    expect(JSON.parse(stdout)).toMatchObject([{ pipeline: 'main', received: 0 }]);
  });

  it('cannot have a type that nobody knows', async () => {
    await using engine = new EmbeddingProcess();
    await expect(
      engine.create(onCores(2, chain({ through: { type: 'urn:test:processor:unknown' } }))),
    ).rejects.toThrow("no processor of type 'urn:test:processor:unknown' is known");
  });

  it('says why its nodes cannot be built, once for all workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    await writeFile(join(folder, 'now'), '');
    const through = { type: 'urn:test:processor:poisoned', config: { refuse_when: join(folder, 'now') } };
    await using engine = new EmbeddingProcess();
    await expect(engine.create(onCores(2, chain({ through })))).rejects.toMatchObject({
      name: 'PipelineError',
      message:
        "processor 'through' (urn:test:processor:poisoned) of pipeline 'default/main' could not be created: refused to be built",
    });
    await rm(folder, { recursive: true });
  });

  it('keeps no process alive that never started it', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain({})));
    expect(await engine.leave()).toBe(0);
  });

  it('can be stopped without having been started', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain({})));
    expect(await engine.stop()).toMatchObject([{ received: 0 }]);
    expect(await engine.errors()).toEqual([]);
  });

  it('drains in every worker when the command is told to stop, and sums up over all', async () => {
    const config = onCores(2, {
      nodes: {
        in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
        batch: { type: 'processor:batch', config: { max_batch_duration: '60s' } },
        out: exporter(),
      },
      connections: [
        { from: 'in', to: 'batch' },
        { from: 'batch', to: 'out' },
      ],
    });
    await using command = DataflowProcess.start(['run', '--config', inline(config), '--log-format', 'json']);
    expect(await send(await command.address('in', 'http'), 40)).toEqual(all200(40));
    expect((await command.stop()).code).toBe(0);
    expect(command.stdout).toBe('pipeline default/main: received 40, exported 40, failed 0, dropped 0\n');
    expect(sink.received.length).toBeLessThanOrEqual(2);
  });

  it('runs on as many cores as the command line says', async () => {
    const config = { ...onCores(1, chain({})) };
    const args = ['run', '--config', inline(config), '--num-cores', '2', '--log-format', 'json'];
    await using command = DataflowProcess.start(args);
    await command.address('in', 'http');
    const workers = command.log.filter(({ message }) => message === 'listening').map(({ worker }) => worker);
    expect(workers.sort()).toEqual([0, 1]);
    expect((await command.stop()).code).toBe(0);
  });
});
