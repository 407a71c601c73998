import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonToProtobuf } from '../../../src/authoring.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { OtlpHttpServer } from '../../exporters/otlp-http/otlp-http-server.js';
import { AuthorizationServer } from '../../extensions/oauth2-client-auth/authorization-server.js';
import { DataflowProcess, inline } from '../../fixtures/dataflow-process.js';
import { freePort } from '../../fixtures/free-port.js';
import { callGrpc } from '../../receivers/otlp/grpc-client.js';
import { callHttp } from '../../receivers/otlp/http-client.js';
import { EmbeddingProcess, onCores, plugin } from './embedding.js';

let sink: OtlpHttpServer;

beforeEach(async () => {
  sink = await OtlpHttpServer.start();
});

afterEach(() => sink.stop());

const receiver = (config: object = {}, capabilities: object = {}): object => ({
  type: 'receiver:otlp',
  capabilities,
  config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } }, ...config },
});

const exporter = (capabilities: object = {}): object => ({
  type: 'exporter:otlp_http',
  capabilities,
  config: { endpoint: sink.endpoint },
});

/** Receiver, a processor if any, exporter. */
const chain = (through: object | undefined, more: object = {}): object => ({
  nodes: { in: receiver(), ...(through === undefined ? {} : { through }), out: exporter() },
  connections:
    through === undefined
      ? [{ from: 'in', to: 'out' }]
      : [
          { from: 'in', to: 'through' },
          { from: 'through', to: 'out' },
        ],
  ...more,
});

/** A request with one log record. */
const log = (body: string): Uint8Array =>
  jsonToProtobuf(
    'logs',
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: body } }] }] }] }),
  );

/** Sends requests, each on a connection of its own, so that the system spreads them. */
async function send(address: string, count: number, body = 'fine'): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const answer = await callHttp(address, { body: log(`${body} ${number}`) });
      return answer.status;
    }),
  );
}

const all200 = (count: number): number[] => new Array<number>(count).fill(200);

describe('a pipeline on several cores', () => {
  it('has an instance in each worker, which share the port that the system chose', async () => {
    await using engine = await EmbeddingProcess.start(onCores(3, chain(undefined)));
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
    const stamp = { type: 'urn:test:processor:stamp', capabilities: { rate_limiter: 'tickets' } };
    await using engine = await EmbeddingProcess.start(onCores(2, chain(stamp, { extensions: { tickets } })));
    await send(await engine.address('in', 'http'), 100);
    const stamped = await engine.logged('stamped', 100);
    const shares = [0, 1].map((worker) => stamped.filter((line) => line['worker'] === worker).length);
    expect(Math.min(...shares)).toBeGreaterThan(10);
  });

  it('refuses to share its port with another process, another engine among them', async () => {
    const port = await freePort();
    const fixed = (): object => ({
      ...chain(undefined),
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
    ).rejects.toThrow(`cannot listen for OTLP over http on ${listening_addr}: another process listens there`);
  });

  it('cannot have a class that was given in code', async () => {
    await using engine = new EmbeddingProcess();
    await expect(
      engine.create(onCores(2, { ...chain({ type: 'urn:test:processor:unknown' }) })),
    ).rejects.toThrow("no processor of type 'urn:test:processor:unknown' is known");
  });

  it('says why its nodes cannot be built, once for all workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    await writeFile(join(folder, 'now'), '');
    const through = { type: 'urn:test:processor:poisoned', config: { refuse_when: join(folder, 'now') } };
    await using engine = new EmbeddingProcess();
    await expect(engine.create(onCores(2, chain(through)))).rejects.toMatchObject({
      name: 'PipelineError',
      message:
        "processor 'through' (urn:test:processor:poisoned) of pipeline 'default/main' could not be created: refused to be built",
    });
    await rm(folder, { recursive: true });
  });

  it('keeps no process alive that never started it', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain(undefined)));
    expect(await engine.leave()).toBe(0);
  });

  it('can be stopped without having been started', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain(undefined)));
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
    const config = { ...onCores(1, chain(undefined)) };
    const args = ['run', '--config', inline(config), '--num-cores', '2', '--log-format', 'json'];
    await using command = DataflowProcess.start(args);
    await command.address('in', 'http');
    const workers = command.log.filter(({ message }) => message === 'listening').map(({ worker }) => worker);
    expect(workers.sort()).toEqual([0, 1]);
    expect((await command.stop()).code).toBe(0);
  });
});

describe('long-lived connections to workers', () => {
  it('are spread by asking a client to come back, and no call is refused for it', async () => {
    const tickets = { type: 'urn:test:extension:shared_tickets' };
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        extensions: { tickets },
        nodes: {
          in: { type: 'receiver:otlp', config: { protocols: { grpc: { listening_addr: '127.0.0.1:0' } } } },
          stamp: { type: 'urn:test:processor:stamp', capabilities: { rate_limiter: 'tickets' } },
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

describe('a shared extension of workers', () => {
  it('is one instance in the process; a local one is one in each worker', async () => {
    const extensions = {
      one: { type: 'urn:test:extension:shared_tickets' },
      each: { type: 'urn:test:extension:local_tickets' },
    };
    const stamp = (extension: string): object => ({
      type: 'urn:test:processor:stamp',
      capabilities: { rate_limiter: extension },
    });
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        extensions,
        nodes: { in: receiver(), one: stamp('one'), each: stamp('each'), out: exporter() },
        connections: [
          { from: 'in', to: 'one' },
          { from: 'one', to: 'each' },
          { from: 'each', to: 'out' },
        ],
      }),
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

describe('replacing an extension of workers', () => {
  const stamp = { type: 'urn:test:processor:stamp', capabilities: { rate_limiter: 'tickets' } };
  const scope = { group: 'default', pipeline: 'main' };
  const withTickets = (execution: string, config: object = {}): object =>
    onCores(
      2,
      chain(stamp, { extensions: { tickets: { type: `urn:test:extension:${execution}_tickets`, config } } }),
    );
  /** The tickets of the requests that were answered since the log had `before` of them. */
  const ticketsSince = async (engine: EmbeddingProcess, before: number, count: number): Promise<number[]> =>
    (await engine.logged('stamped', before + count)).slice(before).map((line) => Number(line['ticket']));

  it.each(['local', 'shared'])('(%s) leads every worker to the new instance', async (execution) => {
    await using engine = await EmbeddingProcess.start(withTickets(execution));
    const address = await engine.address('in', 'http');
    await send(address, 40);
    await engine.replace(scope, 'tickets', { from: 1_000 });
    expect(await send(address, 40)).toEqual(all200(40));
    expect((await ticketsSince(engine, 40, 40)).every((ticket) => ticket >= 1_000)).toBe(true);
    expect(await engine.extensions()).toMatchObject([{ name: 'tickets', state: 'serving', replacements: 1 }]);
  });

  it.each(['local', 'shared'])('(%s) changes nothing when the new instance fails', async (execution) => {
    await using engine = await EmbeddingProcess.start(withTickets(execution));
    const address = await engine.address('in', 'http');
    await expect(engine.replace(scope, 'tickets', { from: 1_000, fail: true })).rejects.toMatchObject({
      kind: 'StartFailed',
      message: expect.stringContaining('no tickets today'),
    });
    expect(await send(address, 40)).toEqual(all200(40));
    expect((await ticketsSince(engine, 0, 40)).every((ticket) => ticket < 1_000)).toBe(true);
  });

  it('changes nothing in any worker when the new instance of one of them fails', async () => {
    await using engine = await EmbeddingProcess.start(withTickets('local'));
    const address = await engine.address('in', 'http');
    const threads = (await engine.logged('tickets created', 2)).map((line) => Number(line['thread']));
    const config = { from: 1_000, fail_in: threads[0] };
    await expect(engine.replace(scope, 'tickets', config)).rejects.toThrow('no tickets today');
    await send(address, 60);
    expect((await ticketsSince(engine, 0, 60)).every((ticket) => ticket < 1_000)).toBe(true);
    // And it can be tried again.
    await engine.replace(scope, 'tickets', { from: 2_000 });
    await send(address, 40);
    expect((await ticketsSince(engine, 60, 40)).every((ticket) => ticket >= 2_000)).toBe(true);
  });

  it('refuses a configuration that the schema refuses', async () => {
    await using engine = await EmbeddingProcess.start(withTickets('local'));
    await expect(engine.replace(scope, 'tickets', { form: 1 })).rejects.toMatchObject({
      name: 'ConfigError',
    });
  });

  it.each(['local', 'shared'])('(%s) is done by a reload too', async (execution) => {
    await using engine = await EmbeddingProcess.start(withTickets(execution));
    expect(await engine.reload(withTickets(execution, { from: 500 }))).toEqual({
      replaced: ["extension 'tickets' of pipeline 'default/main'"],
      failed: [],
      needsRestart: [],
    });
    await send(await engine.address('in', 'http'), 40);
    expect((await ticketsSince(engine, 0, 40)).every((ticket) => ticket >= 500)).toBe(true);
    expect(await engine.reload(withTickets(execution, { from: 500 }))).toEqual({
      replaced: [],
      failed: [],
      needsRestart: [],
    });
  });

  it('holds for a worker that is being started meanwhile', async () => {
    const config = onCores(2, {
      extensions: { tickets: { type: 'urn:test:extension:local_tickets' } },
      nodes: { in: receiver(), poisoned: { type: 'urn:test:processor:poisoned' }, stamp, out: exporter() },
      connections: [
        { from: 'in', to: 'poisoned' },
        { from: 'poisoned', to: 'stamp' },
        { from: 'stamp', to: 'out' },
      ],
    });
    await using engine = await EmbeddingProcess.start(config);
    const address = await engine.address('in', 'http');
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    // One after another all the while, so that some come at any stage of the start.
    let from = 1_000;
    for (let serves = false; !serves; from += 1_000) {
      await engine.replace(scope, 'tickets', { from });
      serves = (await engine.log()).some(({ message }) => message.includes('serves again'));
    }
    await send(address, 60);
    const last = from - 1_000;
    expect((await ticketsSince(engine, 0, 60)).every((ticket) => ticket >= last)).toBe(true);
  });

  it('holds for a worker that is started later', async () => {
    const config = onCores(2, {
      extensions: { tickets: { type: 'urn:test:extension:local_tickets' } },
      nodes: { in: receiver(), poisoned: { type: 'urn:test:processor:poisoned' }, stamp, out: exporter() },
      connections: [
        { from: 'in', to: 'poisoned' },
        { from: 'poisoned', to: 'stamp' },
        { from: 'stamp', to: 'out' },
      ],
    });
    await using engine = await EmbeddingProcess.start(config);
    const address = await engine.address('in', 'http');
    await engine.replace(scope, 'tickets', { from: 1_000 });
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('the worker serves again');
    await send(address, 60);
    expect((await ticketsSince(engine, 0, 60)).every((ticket) => ticket >= 1_000)).toBe(true);
  });
});

describe('a worker that dies', () => {
  const poisoned = (config: object = {}): object => ({ type: 'urn:test:processor:poisoned', config });

  it.each([
    ['exit', 'it ended with code 7'],
    ['throw', 'an error that nobody caught: thrown behind the back of all'],
  ])(
    '(%s) loses only what was not acknowledged, and is started again while the others serve',
    async (how, why) => {
      await using engine = await EmbeddingProcess.start(onCores(2, chain(poisoned())));
      const address = await engine.address('in', 'http');
      const acknowledged = new Set<string>();
      let stop = false;
      let refused = 0;
      const clients = Array.from({ length: 8 }, async (_, client) => {
        for (let number = 0; !stop; number++) {
          const body = `client ${client} number ${number};`;
          const answer = await callHttp(address, { body: log(body) }).catch(() => undefined);
          if (answer?.status === 200) acknowledged.add(body);
          else refused += 1;
        }
      });
      await eventually(() => acknowledged.size > 200);
      await callHttp(address, { body: log(`poison: ${how}`) }).catch(() => undefined);
      const before = acknowledged.size;
      // The others serve meanwhile.
      await eventually(() => acknowledged.size > before + 200);
      await engine.logged('the worker serves again');
      const after = acknowledged.size;
      await eventually(() => acknowledged.size > after + 200);
      stop = true;
      await Promise.all(clients);
      const arrived = Buffer.concat(sink.received.map(({ body }) => body)).toString('latin1');
      expect([...acknowledged].filter((body) => !arrived.includes(body))).toEqual([]);
      // What was in the worker when it died, and no more.
      expect(refused).toBeLessThanOrEqual(16);
      const [error] = await engine.errors();
      expect(error).toMatch(
        new RegExp(
          `^worker [01] is gone: ${why}; what it had not acknowledged is lost to it; ` +
            'the other workers serve on, and it is started again in 250 ms$',
        ),
      );
      const [summary] = await engine.stop();
      expect(summary?.exported).toBeGreaterThanOrEqual(acknowledged.size);
    },
  );

  it.each(['exit', 'throw'])(
    '(%s) under a load of gRPC takes nothing else with it',
    async (how) => {
      await using engine = await EmbeddingProcess.start(
        onCores(
          2,
          {
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
          },
          { runtime_recovery: { initial_backoff: '10ms', max_backoff: '10ms', max_restarts: 10 } },
        ),
      );
      const address = await engine.address('in', 'grpc');
      let stop = false;
      const acknowledged = new Set<string>();
      // Large enough that some are always half way in.
      const padding = 'x'.repeat(300_000);
      const calling = Array.from({ length: 8 }, async (_, index) => {
        const client = new Client(address, credentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
        });
        // Several under way on each connection, so that one is always on its way in.
        const lanes = Array.from({ length: 8 }, async (_lane, lane) => {
          for (let number = 0; !stop; number++) {
            const body = `client ${index} lane ${lane} number ${number};${padding}`;
            const { code } = await callGrpc(address, 'logs', log(body), { client });
            if (code === 0) acknowledged.add(body.slice(0, -padding.length));
          }
        });
        await Promise.all(lanes);
        client.close();
      });
      for (let kills = 1; kills <= 4; kills++) {
        const before = acknowledged.size;
        await eventually(() => acknowledged.size > before + 100);
        await callGrpc(address, 'logs', log(`poison: ${how}`));
        await engine.logged('the worker serves again', kills);
      }
      stop = true;
      await Promise.all(calling);
      const arrived = new Set<string | undefined>();
      for (const { body } of sink.received) {
        arrived.add(/client \d+ lane \d+ number \d+;/.exec(body.toString('latin1'))?.[0]);
      }
      expect([...acknowledged].filter((body) => !arrived.has(body))).toEqual([]);
    },
    90_000,
  );

  it('does not disturb those who use a shared extension in other workers', async () => {
    const tickets = { type: 'urn:test:extension:shared_tickets' };
    const stamp = { type: 'urn:test:processor:stamp', capabilities: { rate_limiter: 'tickets' } };
    await using engine = await EmbeddingProcess.start(
      onCores(2, {
        extensions: { tickets },
        nodes: { in: receiver(), poisoned: poisoned(), stamp, out: exporter() },
        connections: [
          { from: 'in', to: 'poisoned' },
          { from: 'poisoned', to: 'stamp' },
          { from: 'stamp', to: 'out' },
        ],
      }),
    );
    const address = await engine.address('in', 'http');
    await send(address, 20);
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('the worker serves again');
    expect(await send(address, 20)).toEqual(all200(20));
    const stamped = await engine.logged('stamped', 40);
    expect(stamped.map((line) => Number(line['ticket'])).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    expect(await engine.logged('tickets created')).toHaveLength(1);
    expect((await engine.extensions())[0]).toMatchObject({ name: 'tickets', state: 'serving' });
  });

  it('is given up after as many restarts in a row as the policy allows, and the command ends with 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    const file = join(folder, 'now');
    const config = onCores(2, chain(poisoned({ refuse_when: file })), {
      runtime_recovery: { max_restarts: 2, initial_backoff: '10ms' },
    });
    const args = ['run', '--config', inline(config), '--plugin', plugin, '--log-format', 'json'];
    await using command = DataflowProcess.start(args);
    const address = await command.address('in', 'http');
    await writeFile(file, '');
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    expect((await command.ended).code).toBe(1);
    const errors = command.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual([
      expect.stringMatching(/^worker [01] is gone: it ended with code 7; .* started again in 10 ms$/),
      expect.stringMatching(/^worker [01] is gone: .* refused to be built; .* started again in 20 ms$/),
      expect.stringMatching(
        /^worker [01] is gone for good after 2 restarts in a row: .* refused to be built; the other workers serve on; see policies.runtime_recovery$/,
      ),
    ]);
    await rm(folder, { recursive: true });
  });

  it('is ended when it has not answered for 30 s, and started again', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain(poisoned())), true);
    await engine.begin();
    const address = await engine.address('in', 'http');
    const stuck = callHttp(address, { body: log('poison: stuck') }).catch(() => undefined);
    await engine.logged('stuck from here on');
    // It is asked after 10 s, and given up 30 s later.
    await engine.advance(10_000);
    await engine.advance(30_000);
    await engine.logged('is gone: it has not answered for 30 s');
    await stuck;
    await engine.advance(250);
    await engine.logged('the worker serves again');
    expect(await send(address, 40)).toEqual(all200(40));
    // The other one answered, and was left alone.
    expect(await engine.logged('is gone')).toHaveLength(1);
  });

  it('does not keep the engine from stopping when its next start hangs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    const file = join(folder, 'now');
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain(poisoned({ block_when: file }))), true);
    await engine.begin();
    await writeFile(file, '');
    await callHttp(await engine.address('in', 'http'), { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('is gone');
    await engine.advance(250);
    const stopping = engine.stop();
    // The drain of 10 s, what is given up by itself, and the time for an answer.
    for (let moved = 0; moved < 20; moved++) await engine.advance(1_000);
    expect(await stopping).toMatchObject([{ dropped: 0 }]);
    expect(await engine.errors()).toContainEqual(expect.stringContaining('could not be stopped'));
    await rm(folder, { recursive: true });
  });

  it('does not keep the command from stopping when it is stuck', async () => {
    const config = onCores(2, chain(poisoned()));
    const args = [
      'run',
      '--config',
      inline(config),
      '--plugin',
      plugin,
      '--log-format',
      'json',
      '--drain-timeout',
      '1s',
    ];
    await using command = DataflowProcess.start(args);
    const address = await command.address('in', 'http');
    const stuck = callHttp(address, { body: log('poison: stuck') }).catch(() => undefined);
    await command.waitFor('stderr', /stuck from here on/);
    command.kill('SIGTERM');
    expect((await command.ended).code).toBe(1);
    await stuck;
  });
});
