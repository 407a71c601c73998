import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { DataflowProcess, inline } from '../../fixtures/dataflow-process.js';
import { callGrpc } from '../../receivers/otlp/grpc-client.js';
import { callHttp } from '../../receivers/otlp/http-client.js';
import { EmbeddingProcess, onCores, plugin } from './embedding.js';
import { GrpcLoad, grpcChain } from './grpc-load.js';
import { all200, chain, log, poisoned, send, sink, stamp, withSink } from './pipelines.js';

withSink();

describe('a worker that dies', () => {
  it.each([
    ['exit', 'it ended with code 7'],
    ['throw', 'an error that nobody caught: thrown behind the back of all'],
  ])(
    '(%s) loses only what was not acknowledged, and is started again while the others serve',
    async (how, why) => {
      await using engine = await EmbeddingProcess.start(onCores(2, chain({ through: poisoned() })));
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

  it.each([
    // Many requests in what is read at once; and some that are always half way in.
    ['exit', 200],
    ['exit', 100_000],
    ['throw', 200],
    ['throw', 100_000],
  ])(
    '(%s) under a load of gRPC takes nothing else with it (requests of %d bytes)',
    async (how, size) => {
      const policies = {
        runtime_recovery: { initial_backoff: '10ms', max_backoff: '10ms', max_restarts: 10 },
      };
      await using engine = await EmbeddingProcess.start(onCores(2, grpcChain(), policies));
      const address = await engine.address('in', 'grpc');
      const load = new GrpcLoad(address, size);
      for (let kills = 1; kills <= 3; kills++) {
        const before = load.acknowledged;
        await eventually(() => load.acknowledged > before + 100);
        await callGrpc(address, 'logs', log(`poison: ${how}`));
        await engine.logged('the worker serves again', kills);
      }
      expect(await load.stop()).toEqual([]);
    },
    90_000,
  );

  it('does not disturb those who use a shared extension in other workers', async () => {
    const tickets = { type: 'urn:test:extension:shared_tickets' };
    await using engine = await EmbeddingProcess.start(
      onCores(2, chain({ poisoned: poisoned(), stamp: stamp() }, { extensions: { tickets } })),
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
    const config = onCores(2, chain({ through: poisoned({ refuse_when: file }) }), {
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

  it('is told and logged when it is given up, also when it is the last one, whose extensions do not serve then', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    const file = join(folder, 'now');
    const tickets = { type: 'urn:test:extension:local_tickets' };
    const through = { poisoned: poisoned({ refuse_when: file }), stamp: stamp() };
    await using engine = await EmbeddingProcess.start(
      onCores(2, chain(through, { extensions: { tickets } }), {
        runtime_recovery: { max_restarts: 1, initial_backoff: '10ms' },
      }),
    );
    const address = await engine.address('in', 'http');
    expect(await engine.extensions()).toMatchObject([{ name: 'tickets', state: 'serving', instances: 2 }]);
    await writeFile(file, '');
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    const first = await engine.failed();
    expect(first).toMatch(/is gone for good after 1 restart: .*; the other workers serve on; see/);
    expect(await engine.extensions()).toMatchObject([{ state: 'failed', instances: 1 }]);
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('is gone for good after 1 restart');
    const errors = await engine.errors();
    expect(errors).toHaveLength(4);
    expect(errors[3]).toMatch(/is gone for good after 1 restart: .*; no other worker serves; see/);
    // All but what `failed` told.
    const lines = (await engine.log()).filter((line) => line['level'] === 'error');
    expect(lines.map(({ message }) => message)).toEqual(errors.filter((error) => error !== first));
    const lost = {
      state: 'failed',
      instances: 0,
      ended: { stopped: 0, failed: 2, abandoned: 0 },
      lastError: expect.stringMatching(/^worker [01] is gone: it ended with code 7$/),
    };
    expect(await engine.extensions()).toMatchObject([lost]);
    await engine.stop();
    expect(await engine.extensions()).toMatchObject([lost]);
    await rm(folder, { recursive: true });
  });

  it('is ended when it has not answered for 30 s, and started again', async () => {
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain({ through: poisoned() })), true);
    await engine.begin();
    const address = await engine.address('in', 'http');
    const stuck = callHttp(address, { body: log('poison: stuck') }).catch(() => undefined);
    await engine.logged('stuck from here on');
    // It is asked after 10 s, and given up 30 s later.
    await engine.advance(10_000);
    // The other one answers, as what it does for clients shows; those of the stuck one hear nothing.
    const clients = Array.from({ length: 20 }, () => callHttp(address, { body: log('fine') }));
    const answered = await Promise.any(clients);
    expect(answered.status).toBe(200);
    await engine.advance(30_000);
    await engine.advance(1_000);
    await engine.logged('is gone: it has not answered for 30 s');
    await Promise.allSettled([stuck, ...clients]);
    await engine.advance(250);
    await engine.logged('the worker serves again');
    expect(await send(address, 40)).toEqual(all200(40));
    // The other one answered, and was left alone.
    expect(await engine.logged('is gone')).toHaveLength(1);
  });

  it.each([200, 100_000])(
    'takes nothing else with it when it is ended so under a load of gRPC (requests of %d bytes)',
    async (size) => {
      await using engine = new EmbeddingProcess();
      await engine.create(onCores(2, grpcChain()), true);
      await engine.begin();
      const address = await engine.address('in', 'grpc');
      const load = new GrpcLoad(address, size);
      await eventually(() => load.acknowledged > 100);
      const stuck = callGrpc(address, 'logs', log('poison: stuck'));
      await engine.logged('stuck from here on');
      await engine.advance(10_000);
      // Those of the stuck one fill what it has not read yet.
      const before = load.acknowledged;
      await eventually(() => load.acknowledged > before + 100);
      await engine.advance(30_000);
      await engine.advance(1_000);
      await engine.logged('is gone: it has not answered for 30 s');
      expect((await stuck).code).not.toBe(0);
      await engine.advance(250);
      await engine.logged('the worker serves again');
      const after = load.acknowledged;
      await eventually(() => load.acknowledged > after + 100);
      expect(await load.stop()).toEqual([]);
    },
    90_000,
  );

  it('fails the first start when it is stuck in it', async () => {
    await using engine = new EmbeddingProcess();
    const tickets = { type: 'urn:test:extension:local_tickets', config: { stuck: true } };
    await engine.create(onCores(2, chain({ stamp: stamp() }, { extensions: { tickets } })), true);
    const starting = engine.begin();
    starting.catch(() => {});
    await engine.logged('stuck from here on', 2);
    await engine.advance(10_000);
    await engine.advance(30_000);
    await engine.advance(1_000);
    await expect(starting).rejects.toThrow(/^worker [01] is gone: it has not answered for 30 s$/);
  });

  it('fails the first start when it dies in it, and that is all that is said of it', async () => {
    await using engine = new EmbeddingProcess();
    const tickets = { type: 'urn:test:extension:local_tickets', config: { exit_in: 1 } };
    await engine.create(onCores(2, chain({ stamp: stamp() }, { extensions: { tickets } })));
    await expect(engine.begin()).rejects.toThrow('worker 0 is gone: it ended with code 9');
    expect(await engine.errors()).toEqual(['worker 0 is gone: it ended with code 9']);
    expect((await engine.log()).filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('says so when it dies while it is stopped', async () => {
    const tickets = { type: 'urn:test:extension:local_tickets', config: { exit_at_end: true } };
    const config = onCores(2, chain({ stamp: stamp() }, { extensions: { tickets } }));
    await using engine = await EmbeddingProcess.start(config);
    await engine.stop();
    const gone = (worker: number): string =>
      `worker ${worker} is gone while it was stopped: it ended with code 9; what it had not acknowledged is lost to it`;
    expect([...(await engine.errors())].sort()).toEqual([gone(0), gone(1)]);
  });

  it('does not keep the engine from stopping when its next start hangs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    const file = join(folder, 'now');
    await using engine = new EmbeddingProcess();
    await engine.create(onCores(2, chain({ through: poisoned({ block_when: file }) })), true);
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
    const config = onCores(2, chain({ through: poisoned() }));
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

describe('a worker in which an extension fails', () => {
  const config = (policies: object = {}): object => {
    const extensions = { tickets: { type: 'urn:test:extension:local_tickets' } };
    return onCores(2, chain({ poisoned: poisoned(), stamp: stamp() }, { extensions }), policies);
  };

  it('delivers what it has and is started again, while the others serve', async () => {
    await using engine = await EmbeddingProcess.start(config());
    const address = await engine.address('in', 'http');
    const answer = await callHttp(address, { body: log('poison: tickets') });
    expect(answer.status).toBe(200);
    await engine.logged('the worker serves again');
    expect(await send(address, 40)).toEqual(all200(40));
    expect(await engine.errors()).toEqual([
      expect.stringMatching(
        /^worker [01] is gone: extension 'tickets' .* ended before shutdown: it failed: no tickets any more; the other workers serve on, and it is started again in 250 ms$/,
      ),
    ]);
    expect(await engine.extensions()).toMatchObject([{ name: 'tickets', state: 'serving', instances: 2 }]);
    expect(await engine.stop()).toMatchObject([{ received: 41, exported: 41, dropped: 0 }]);
  });

  it('is stopped with the engine when that stops meanwhile', async () => {
    await using engine = await EmbeddingProcess.start(config());
    await callHttp(await engine.address('in', 'http'), { body: log('poison: tickets') });
    expect(await engine.stop()).toMatchObject([{ received: 1, exported: 1, dropped: 0 }]);
    const errors = await engine.errors();
    expect(errors).toContainEqual(expect.stringContaining('no tickets any more'));
    expect(errors).not.toContainEqual(expect.stringContaining('could not be stopped'));
  });

  it('is given up at once where recovery is switched off', async () => {
    await using engine = await EmbeddingProcess.start(config({ runtime_recovery: { enabled: false } }));
    await callHttp(await engine.address('in', 'http'), { body: log('poison: tickets') });
    expect(await engine.failed()).toMatch(
      /^worker [01] is gone for good: extension 'tickets' .* no tickets any more; the other workers serve on; it is not started again/,
    );
  });
});
