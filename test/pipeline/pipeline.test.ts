import { describe, expect, it } from '@jest/globals';
import { type Message, Nack, splitCompletion } from '../../src/authoring.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import type { CapturedLogger } from '../../src/testing/captured-logger.js';
import { Gated, planOf, Scripted } from '../fixtures/extensions.js';
import { manualReceiver, payload, pipelineOf, settle } from '../fixtures/nodes.js';

const drain = { drainMs: 60_000 };

/** Starts a pipeline as the engine does. */
async function started(pipeline: Pipeline): Promise<void> {
  await pipeline.prepare();
  await pipeline.start();
}

const forward = {
  process: (message: Message, effect: { send(pdata: Message['pdata'], options: object): Promise<void> }) =>
    effect.send(message.pdata, { completion: message }),
};

const accept = { export: async () => {} };

const stuck = { export: () => new Promise<void>(() => {}) };

/** What the log says that could not be delivered: the items of each line. */
const lost = (logger: CapturedLogger): unknown[] =>
  logger.lines
    .filter(({ message }) => message.startsWith('data could not be delivered'))
    .map(({ fields }) => fields['items']);

/** An exporter that delivers when it is told to. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    export: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
      }),
  };
}

describe('data', () => {
  it('goes from a receiver through processors to an exporter, and the ack comes back', async () => {
    const receiver = manualReceiver();
    const { pipeline } = pipelineOf({ in: receiver, mid: forward, out: accept }, ['in -> mid', 'mid -> out']);
    await started(pipeline);
    await receiver.effect().deliver(payload(3));
    await pipeline.stop(drain);
    expect(pipeline.summary).toEqual({
      group: 'default',
      pipeline: 'main',
      received: 3,
      exported: 3,
      failed: 0,
      dropped: 0,
    });
  });

  it('comes together from several receivers', async () => {
    const [a, b] = [manualReceiver(), manualReceiver()];
    const { pipeline } = pipelineOf({ a, b, out: accept }, ['a -> out', 'b -> out']);
    await started(pipeline);
    await Promise.all([a.effect().deliver(payload(1)), b.effect().deliver(payload(2))]);
    await pipeline.stop(drain);
    expect(pipeline.summary.exported).toBe(3);
  });

  it('is nacked to whoever waits for it when the exporter fails', async () => {
    const receiver = manualReceiver();
    const refusal = Nack.retryable('backend is down', { retryAfterMs: 7 });
    const { pipeline } = pipelineOf({ in: receiver, out: { export: () => Promise.reject(refusal) } }, [
      'in -> out',
    ]);
    await started(pipeline);
    await expect(receiver.effect().deliver(payload(2))).rejects.toBe(refusal);
    await pipeline.stop(drain);
    expect(pipeline.summary).toMatchObject({ received: 2, exported: 0, failed: 2, dropped: 0 });
  });

  it('that the other side took in part is acked, and what it rejected counts as failed', async () => {
    const receiver = manualReceiver();
    const out = { export: async () => ({ rejectedItems: 2, reason: 'too old' }) };
    const { pipeline, logger } = pipelineOf({ in: receiver, out }, ['in -> out']);
    await started(pipeline);
    await receiver.effect().deliver(payload(5));
    await pipeline.stop(drain);
    expect(pipeline.summary).toMatchObject({ received: 5, exported: 3, failed: 2 });
    expect(logger.lines.map(({ fields }) => fields['reason'])).toContain('too old');
  });

  it('may have no items, and its outcome is told all the same', async () => {
    const receiver = manualReceiver();
    const outcomes = [
      async () => {},
      () => Promise.reject(Nack.permanent('HTTP 400')),
      // The other side knows more kinds of metrics, and counts what is in them.
      async () => ({ rejectedItems: 2, reason: 'too old' }),
    ];
    const out = { export: () => (outcomes.shift() ?? accept.export)() };
    const { pipeline, clock, logger } = pipelineOf({ in: receiver, mid: forward, out }, [
      'in -> mid',
      'mid -> out',
    ]);
    await started(pipeline);
    await receiver.effect().deliver(payload(0));
    await expect(receiver.effect().deliver(payload(0))).rejects.toThrow('HTTP 400');
    await clock.advance(30_000);
    await receiver.effect().deliver(payload(0));
    await pipeline.stop(drain);
    expect(pipeline.summary).toMatchObject({ received: 0, exported: 0, failed: 0, dropped: 0 });
    expect(logger.lines.map(({ fields }) => [fields['reason'], fields['messages']])).toEqual([
      ['HTTP 400', 1],
      ['too old', 1],
    ]);
  });

  it('is sent without a wait when there is room, and counted as any other', async () => {
    const receiver = manualReceiver();
    const { pipeline } = pipelineOf({ in: receiver, out: accept }, ['in -> out']);
    await started(pipeline);
    let acks = 0;
    const completion = { ack: () => acks++, nack: () => {} };
    expect(receiver.effect().trySend(payload(4), { completion })).toBe(true);
    expect(receiver.effect().trySend(payload(1), { output: 'elsewhere' })).toBe(false);
    await pipeline.stop(drain);
    expect(pipeline.summary).toMatchObject({ received: 4, exported: 4 });
    expect(acks).toBe(1);
  });

  it('is refused for good when an exporter throws something that is no nack', async () => {
    const receiver = manualReceiver();
    const { pipeline } = pipelineOf(
      { in: receiver, out: { export: () => Promise.reject(new Error('bug')) } },
      ['in -> out'],
    );
    await started(pipeline);
    await expect(receiver.effect().deliver(payload())).rejects.toMatchObject({
      message: 'bug',
      permanent: true,
    });
    await pipeline.stop(drain);
  });

  it('is refused, and logged, when a processor throws', async () => {
    const receiver = manualReceiver();
    const broken = {
      process: () => {
        throw new Error('bug');
      },
    };
    const { pipeline, logger } = pipelineOf({ in: receiver, mid: broken, out: accept }, [
      'in -> mid',
      'mid -> out',
    ]);
    await started(pipeline);
    await expect(receiver.effect().deliver(payload(4))).rejects.toMatchObject({ message: 'bug' });
    await pipeline.stop(drain);
    expect(pipeline.summary).toMatchObject({ received: 4, failed: 4, dropped: 0 });
    expect(logger.lines.map(({ message, fields }) => [message, fields['node']])).toContainEqual([
      'the processor failed; the data is refused',
      'mid',
    ]);
  });

  it('reports a message that was split when all its pieces have been delivered', async () => {
    const receiver = manualReceiver();
    const split = {
      process: async (message: Message, effect: Parameters<typeof forward.process>[1]) => {
        for (const completion of splitCompletion(message, 2)) await effect.send(payload(1), { completion });
      },
    };
    const out = gate();
    const { pipeline } = pipelineOf({ in: receiver, mid: split, out: { ...out, maxInFlight: 2 } }, [
      'in -> mid',
      'mid -> out',
    ]);
    await started(pipeline);
    let acked = false;
    const delivered = receiver
      .effect()
      .deliver(payload(2))
      .then(() => {
        acked = true;
      });
    await settle();
    out.waiting[0]?.();
    await settle();
    expect(acked).toBe(false);
    out.waiting[1]?.();
    await delivered;
    await pipeline.stop(drain);
  });
});

describe('back-pressure', () => {
  it('lets an exporter work on no more than it allows, and holds senders when the queue is full', async () => {
    const receiver = manualReceiver();
    const out = gate();
    const { pipeline } = pipelineOf({ in: receiver, out: { ...out, maxInFlight: 2 } }, ['in -> out'], {
      capacity: 3,
    });
    await started(pipeline);
    let queued = 0;
    for (let sent = 0; sent < 8; sent++)
      void receiver
        .effect()
        .send(payload())
        .then(() => queued++);
    await settle();
    expect([out.waiting.length, queued]).toEqual([2, 5]);
    out.waiting.shift()?.();
    await settle();
    expect([out.waiting.length, queued]).toEqual([2, 6]);
    const stopped = pipeline.stop(drain);
    for (let turn = 0; turn < 8; turn++) {
      for (const release of out.waiting.splice(0)) release();
      await settle();
    }
    await stopped;
    expect(pipeline.summary).toMatchObject({ received: 8, exported: 8, dropped: 0 });
  });

  it('gives a destination that is stuck only what it works on, and the rest to its competitor', async () => {
    const receiver = manualReceiver();
    const taken: number[] = [];
    const fast = {
      export: async (pdata: { itemCount: number }) => {
        taken.push(pdata.itemCount);
      },
    };
    const { pipeline, clock } = pipelineOf({ in: receiver, stuck, fast }, ['in -> stuck | fast']);
    await started(pipeline);
    for (const count of [1, 2, 3, 4, 5]) {
      await receiver.effect().send(payload(count));
      await settle();
    }
    expect(taken).toEqual([2, 3, 4, 5]);
    const stopped = pipeline.stop({ drainMs: 0 });
    await clock.advance(2_000);
    await stopped;
  });
});

describe('starting', () => {
  it('holds the data path until the extensions are ready', async () => {
    const journal: string[] = [];
    let release = (): void => {};
    const life = async (ctx: { ready(): void; stopping(): Promise<void> }): Promise<void> => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      journal.push('ready');
      ctx.ready();
      await ctx.stopping();
    };
    const receiver = manualReceiver();
    const receive: typeof receiver.receive = async (effect, ctx) => {
      journal.push('receiving');
      await receiver.receive(effect, ctx);
    };
    const { pipeline } = pipelineOf({ in: { receive }, out: accept }, ['in -> out'], {
      extensions: [planOf('auth', Gated, { journal, life })],
    });
    const starting = started(pipeline);
    await settle();
    expect(journal).toEqual(['auth started']);
    release();
    await starting;
    expect(journal).toEqual(['auth started', 'ready', 'receiving']);
    await pipeline.stop(drain);
  });

  it('fails with the name of a receiver that cannot listen', async () => {
    const receive = async (): Promise<void> => {
      throw new Error('127.0.0.1:4317 is taken');
    };
    const { pipeline } = pipelineOf({ in: { receive }, out: accept }, ['in -> out']);
    await expect(started(pipeline)).rejects.toThrow(
      "receiver 'in' (urn:test:receiver:scripted) of pipeline 'default/main' failed: 127.0.0.1:4317 is taken",
    );
    await pipeline.stop(drain);
  });

  it('fails with the name of a receiver that takes too long', async () => {
    const receive: ReturnType<typeof manualReceiver>['receive'] = (_, ctx) => ctx.stopping();
    const { pipeline, clock } = pipelineOf({ in: { receive }, out: accept }, ['in -> out']);
    const starting = started(pipeline);
    const failed = expect(starting).rejects.toThrow(
      "receiver 'in' (urn:test:receiver:scripted) of pipeline 'default/main' did not take data within 30 s of its start",
    );
    await clock.advance(30_000);
    await failed;
    await pipeline.stop(drain);
  });

  it('names the node whose constructor threw', () => {
    const broken = Object.defineProperty({ export: async () => {} }, 'maxInFlight', {
      get: () => {
        throw new Error('no such file');
      },
    });
    expect(() => pipelineOf({ in: manualReceiver(), out: broken }, ['in -> out'])).toThrow(
      "exporter 'out' (urn:test:exporter:scripted) of pipeline 'default/main' could not be created: no such file",
    );
  });

  it('is given up at once when it is stopped meanwhile', async () => {
    const journal: string[] = [];
    const life = (ctx: { stopping(): Promise<void> }): Promise<void> => ctx.stopping();
    const { pipeline, clock } = pipelineOf({ in: manualReceiver(), out: accept }, ['in -> out'], {
      extensions: [planOf('slow', Gated, { journal, life })],
    });
    const failed = expect(started(pipeline)).rejects.toThrow('stopped before they had started');
    await pipeline.stop(drain);
    await failed;
    expect(journal).toEqual(['slow started', 'slow stopped']);
    expect(clock.pending).toBe(0);
  });
});

describe('running', () => {
  it('fails when an extension ends before shutdown', async () => {
    let quit = (): void => {};
    const life = (): Promise<void> =>
      new Promise((resolve) => {
        quit = resolve;
      });
    const { pipeline } = pipelineOf({ in: manualReceiver(), out: accept }, ['in -> out'], {
      extensions: [planOf('auth', Scripted, { journal: [], life })],
    });
    await started(pipeline);
    quit();
    expect((await pipeline.failed).message).toBe(
      "extension 'auth' (urn:test:extension:scripted) of pipeline 'test/main' ended before shutdown: it returned from start()",
    );
    await pipeline.stop(drain);
  });

  it('fails when a receiver fails', async () => {
    let fail = (_: Error): void => {};
    const receive: ReturnType<typeof manualReceiver>['receive'] = (_, ctx) => {
      ctx.ready();
      return new Promise((_resolve, reject) => {
        fail = reject;
      });
    };
    const { pipeline } = pipelineOf({ in: { receive }, out: accept }, ['in -> out']);
    await started(pipeline);
    fail(new Error('socket lost'));
    expect((await pipeline.failed).message).toBe(
      "receiver 'in' (urn:test:receiver:scripted) of pipeline 'default/main' failed: socket lost",
    );
    await pipeline.stop(drain);
  });
});

describe('stopping', () => {
  it('stops receivers first, drains what is held back, and stops extensions last', async () => {
    const journal: string[] = [];
    const receiver = manualReceiver();
    const receive: typeof receiver.receive = async (effect, ctx) => {
      await receiver.receive(effect, ctx);
      journal.push('receiver ended');
    };
    const held: Message[] = [];
    const hold = {
      process: (message: Message) => {
        held.push(message);
      },
      flush: async (effect: Parameters<typeof forward.process>[1]) => {
        journal.push('flushed');
        for (const message of held) await effect.send(message.pdata, { completion: message });
      },
    };
    const out = {
      export: async () => {
        journal.push('exported');
      },
      shutdown: async () => {
        journal.push('exporter closed');
      },
    };
    const { pipeline } = pipelineOf({ in: { receive }, hold, out }, ['in -> hold', 'hold -> out'], {
      extensions: [planOf('auth', Scripted, { journal })],
    });
    await started(pipeline);
    const delivered = receiver.effect().deliver(payload(5));
    await settle();
    expect(await pipeline.stop(drain)).toEqual([]);
    await delivered;
    expect(journal).toEqual([
      'auth started',
      'receiver ended',
      'flushed',
      'exported',
      'exporter closed',
      'auth stopped',
    ]);
    expect(pipeline.summary).toMatchObject({ received: 5, exported: 5, dropped: 0 });
  });

  it('drops, counts and nacks what is left when the deadline passes', async () => {
    const receiver = manualReceiver();
    const { pipeline, clock } = pipelineOf({ in: receiver, out: stuck }, ['in -> out'], { capacity: 2 });
    await started(pipeline);
    const outcomes = [1, 2, 3, 4].map((items) =>
      receiver
        .effect()
        .deliver(payload(items))
        .catch((nack: Nack) => [nack.permanent, nack.message]),
    );
    await settle();
    const stopped = pipeline.stop(drain);
    await clock.advance(61_000);
    expect((await stopped).map(({ message }) => message)).toEqual([
      "pipeline 'default/main' was not drained after 60.0 s; what was left in it is dropped",
    ]);
    const refused = [false, 'the pipeline was stopped before the data could be delivered'];
    expect(await Promise.all(outcomes)).toEqual([refused, refused, refused, refused]);
    expect(pipeline.summary).toEqual({
      group: 'default',
      pipeline: 'main',
      received: 10,
      exported: 0,
      failed: 0,
      dropped: 10,
    });
  });

  it('does not wait for the deadline when it is forced', async () => {
    const receiver = manualReceiver();
    const polite = {
      export: (_: unknown, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const { pipeline } = pipelineOf({ in: receiver, out: polite }, ['in -> out']);
    await started(pipeline);
    await receiver.effect().send(payload(2));
    await settle();
    const force = new AbortController();
    const stopped = pipeline.stop({ ...drain, force: force.signal });
    await settle();
    force.abort();
    expect(await stopped).toHaveLength(1);
    expect(pipeline.summary).toMatchObject({ received: 2, exported: 0, failed: 0, dropped: 2 });
  });

  it('waits half a second for nodes when it is forced, also for a receiver that starts and does not listen', async () => {
    const deaf = { receive: () => new Promise<void>(() => {}) };
    const { pipeline, clock } = pipelineOf({ in: deaf, out: stuck }, ['in -> out']);
    await pipeline.prepare();
    const starting = pipeline.start().catch(() => {});
    const force = new AbortController();
    const stopped = pipeline.stop({ ...drain, force: force.signal });
    await clock.advance(100);
    force.abort();
    await clock.advance(500);
    expect((await stopped).map(({ message }) => message)).toEqual([
      "pipeline 'default/main' was not drained after 0.0 s; what was left in it is dropped",
    ]);
    expect(clock.now()).toBe(600);
    await clock.advance(30_000);
    await starting;
  });

  it('has nothing to drain, and says nothing of it, when it is forced before it started', async () => {
    const { pipeline } = pipelineOf({ in: manualReceiver(), out: accept }, ['in -> out']);
    expect(await pipeline.stop({ ...drain, force: AbortSignal.abort() })).toEqual([]);
  });

  it('logs what fails after that which it failed with', async () => {
    const fails = (reason: string) => ({
      receive: async () => {
        await settle();
        throw new Error(reason);
      },
    });
    const { pipeline, logger } = pipelineOf({ a: fails('first'), b: fails('second'), out: accept }, [
      'a -> out',
      'b -> out',
    ]);
    await pipeline.prepare();
    await pipeline.start().catch(() => {});
    expect((await pipeline.failed).message).toContain('first');
    expect(await pipeline.stop(drain)).toHaveLength(2);
    const logged = logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(logged).toEqual([expect.stringContaining('second')]);
  });

  it('tells at its end of all data that exporters could not deliver, without a line for each', async () => {
    const receiver = manualReceiver();
    const out = { export: () => Promise.reject(Nack.permanent('HTTP 500')) };
    const { pipeline, logger } = pipelineOf({ in: receiver, out }, ['in -> out']);
    await started(pipeline);
    for (let sent = 0; sent < 100; sent++) await receiver.effect().send(payload(7));
    await pipeline.stop(drain);
    expect(lost(logger)).toEqual([7, 693]);
    expect(pipeline.summary.failed).toBe(700);
  });

  it('tells of the exports that did not end when they were told to', async () => {
    const receiver = manualReceiver();
    const { pipeline, clock, logger } = pipelineOf({ in: receiver, out: { ...stuck, maxInFlight: 3 } }, [
      'in -> out',
    ]);
    await started(pipeline);
    for (const items of [1, 2, 3]) await receiver.effect().send(payload(items));
    await settle();
    const stopped = pipeline.stop(drain);
    await clock.advance(61_000);
    await stopped;
    expect(lost(logger)).toEqual([1, 5]);
    expect(pipeline.summary.dropped).toBe(6);
  });

  it('reports a node that fails while it ends, and goes on', async () => {
    const out = {
      export: async () => {},
      shutdown: async () => {
        throw new Error('connection reset');
      },
    };
    const { pipeline } = pipelineOf({ in: manualReceiver(), out }, ['in -> out']);
    await started(pipeline);
    expect((await pipeline.stop(drain)).map(({ message }) => message)).toEqual([
      "exporter 'out' (urn:test:exporter:scripted) of pipeline 'default/main' failed while stopping: connection reset",
    ]);
  });
});
