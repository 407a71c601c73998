import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Reloader } from '../../src/cli/reloader.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';

const config = onePipeline({
  nodes: {
    in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
    out: { type: 'exporter:noop' },
  },
  connections: [{ from: 'in', to: 'out' }],
});

let running: RunningEngine;
let reloader: Reloader;

beforeEach(async () => {
  running = await RunningEngine.build(config);
});

afterEach(async () => {
  reloader[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

const hangUp = (): boolean => process.emit('SIGHUP', 'SIGHUP');

const messages = (pattern: RegExp): readonly string[] =>
  running.log.lines.map(({ message }) => message).filter((message) => pattern.test(message));

describe('Reloader', () => {
  it('makes one reload of the signals that came before the engine ran', async () => {
    reloader = new Reloader(false);
    hangUp();
    hangUp();
    await running.engine.start();
    await reloader.start(running.engine, running.log);
    await eventually(() => messages(/nothing changed/).length === 1);
    expect(messages(/SIGHUP/)).toEqual(['SIGHUP: reloading the configuration']);
  });

  it('makes one more reload of the signals that come during one', async () => {
    reloader = new Reloader(false);
    await running.engine.start();
    await reloader.start(running.engine, running.log);
    for (let n = 0; n < 5; n++) hangUp();
    await eventually(() => messages(/nothing changed/).length === 2);
    expect(messages(/SIGHUP/)).toEqual(Array(2).fill('SIGHUP: reloading the configuration'));
  });

  it('says of a signal that the engine ends, and reloads nothing', async () => {
    reloader = new Reloader(false);
    await running.engine.start();
    await reloader.start(running.engine, running.log);
    reloader.stop();
    hangUp();
    expect(messages(/SIGHUP/)).toEqual(['SIGHUP: nothing is reloaded while the engine ends']);
  });

  it('starts nothing for an engine that ended while it started', async () => {
    reloader = new Reloader(true);
    await running.engine.start();
    hangUp();
    reloader.stop();
    await reloader.start(running.engine, running.log);
    expect(messages(/SIGHUP|watch/)).toEqual([]);
  });

  it('says when there is no file to watch', async () => {
    reloader = new Reloader(true);
    await running.engine.start();
    await reloader.start(running.engine, running.log);
    expect(messages(/watch/)).toEqual([
      'there is no file to watch: the configuration comes from none; send SIGHUP to reload',
    ]);
  });

  it('takes no signal any more when it is disposed', () => {
    const before = process.listenerCount('SIGHUP');
    reloader = new Reloader(false);
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    reloader[Symbol.dispose]();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
});
