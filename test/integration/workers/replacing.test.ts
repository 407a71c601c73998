import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { callHttp } from '../../receivers/otlp/http-client.js';
import { EmbeddingProcess, onCores } from './embedding.js';
import { all200, chain, log, poisoned, send, stamp, withSink } from './pipelines.js';

withSink();

describe('replacing an extension of workers', () => {
  const scope = { group: 'default', pipeline: 'main' };
  const withTickets = (execution: string, config: object = {}): object =>
    onCores(
      2,
      chain(
        { stamp: stamp() },
        { extensions: { tickets: { type: `urn:test:extension:${execution}_tickets`, config } } },
      ),
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

  it('changes nothing when the new instance ends every worker: they are started again with the old one', async () => {
    await using engine = await EmbeddingProcess.start(withTickets('local'));
    const address = await engine.address('in', 'http');
    const config = { from: 1_000, exit: true };
    await expect(engine.replace(scope, 'tickets', config)).rejects.toThrow('was not replaced');
    await engine.logged('the worker serves again', 2);
    await send(address, 40);
    expect((await ticketsSince(engine, 0, 40)).every((ticket) => ticket < 1_000)).toBe(true);
    expect(await engine.reload(withTickets('local'))).toEqual({ replaced: [], failed: [], needsRestart: [] });
  });

  it.each(['local', 'shared'])(
    '(%s) is done one after another, in the order in which it is asked for',
    async (execution) => {
      const config = (more: object = {}): object =>
        onCores(
          2,
          chain(
            { poisoned: poisoned(), stamp: stamp() },
            { extensions: { tickets: { type: `urn:test:extension:${execution}_tickets`, config: more } } },
          ),
        );
      await using engine = await EmbeddingProcess.start(config());
      const address = await engine.address('in', 'http');
      await Promise.all([
        engine.replace(scope, 'tickets', { from: 1_000 }),
        engine.replace(scope, 'tickets', { from: 2_000 }),
        engine.reload(config({ from: 3_000 })),
        engine.replace(scope, 'tickets', { from: 4_000 }),
      ]);
      // A reload reads its configuration first, so it may come after the one that was asked for next.
      await engine.replace(scope, 'tickets', { from: 5_000 });
      await send(address, 40);
      expect((await ticketsSince(engine, 0, 40)).every((ticket) => ticket >= 5_000)).toBe(true);
      // And nothing stands in the way of a worker that is started again.
      await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
      await engine.logged('the worker serves again');
    },
  );

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
    const config = onCores(
      2,
      chain(
        { poisoned: poisoned(), stamp: stamp() },
        { extensions: { tickets: { type: 'urn:test:extension:local_tickets' } } },
      ),
    );
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

  it('is awaited by a worker that is being started meanwhile before it takes connections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workers-'));
    const file = join(folder, 'go');
    await writeFile(file, '');
    const tickets = { type: 'urn:test:extension:local_tickets', config: { wait_for: file } };
    const through = { poisoned: poisoned(), stamp: stamp() };
    await using engine = await EmbeddingProcess.start(
      onCores(2, chain(through, { extensions: { tickets } })),
    );
    const address = await engine.address('in', 'http');
    await rm(file);
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('tickets created', 3);
    // It waits for the file; the others do not.
    await engine.replace(scope, 'tickets', { from: 1_000 });
    await writeFile(file, '');
    await engine.logged('the worker serves again');
    // The three that served; the one that was built from what was replaced never listened.
    expect(await engine.logged('listening')).toHaveLength(3);
    await send(address, 60);
    expect((await ticketsSince(engine, 0, 60)).every((ticket) => ticket >= 1_000)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('holds for a worker that is started later', async () => {
    const config = onCores(
      2,
      chain(
        { poisoned: poisoned(), stamp: stamp() },
        { extensions: { tickets: { type: 'urn:test:extension:local_tickets' } } },
      ),
    );
    await using engine = await EmbeddingProcess.start(config);
    const address = await engine.address('in', 'http');
    await engine.replace(scope, 'tickets', { from: 1_000 });
    await callHttp(address, { body: log('poison: exit') }).catch(() => undefined);
    await engine.logged('the worker serves again');
    await send(address, 60);
    expect((await ticketsSince(engine, 0, 60)).every((ticket) => ticket >= 1_000)).toBe(true);
  });
});
