import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { ExtensionContext } from '../../src/authoring.js';
import type { ExtensionError } from '../../src/extension/errors.js';
import { ExtensionLifecycle } from '../../src/extension/lifecycle.js';
import { buildRegistry } from '../../src/extension/registry.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { BothSides, Gated, planOf, type Script, Scripted, scope } from '../fixtures/extensions.js';
import { plansOf, Stage } from '../fixtures/timed-extensions.js';

type Life = (ctx: ExtensionContext) => Promise<void>;

const servesWhenReady: Life = async (ctx) => {
  ctx.ready();
  await ctx.stopping();
};

const never: Life = () => new Promise(() => {});

const ignoresStop =
  (ready: boolean): Life =>
  async (ctx) => {
    if (ready) ctx.ready();
    await never(ctx);
  };

/** A scope of scripted instances in the order of the keys; names in capitals stand behind a barrier. */
function lifecycleOf(lives: Record<string, Life>) {
  const journal: string[] = [];
  const failures: ExtensionError[] = [];
  const clock = new FakeClock();
  const logger = new CapturedLogger();
  const plans = Object.entries(lives).map(([name, life]) => {
    const script: Script = { journal, life };
    return planOf(name, /^[A-Z]/.test(name) ? Gated : Scripted, script);
  });
  const registry = buildRegistry(plans, scope(logger, clock));
  const lifecycle = new ExtensionLifecycle(registry, { clock, logger }, (error) => failures.push(error));
  return { lifecycle, journal, failures, clock, logger };
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (error: Error) => error,
  );
}

describe('starting', () => {
  it('starts instances in the order of declaration and passes when those with a barrier are ready', async () => {
    const { lifecycle, journal } = lifecycleOf({
      A: servesWhenReady,
      b: (ctx) => ctx.stopping(),
      C: servesWhenReady,
    });
    await lifecycle.start();
    expect(journal).toEqual(['A started', 'b started', 'C started']);
    await lifecycle.stop();
  });

  it('waits for an instance that takes its time', async () => {
    let release = (): void => {};
    const { lifecycle } = lifecycleOf({
      Slow: async (ctx) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        ctx.ready();
        await ctx.stopping();
      },
    });
    let passed = false;
    const start = lifecycle.start().then(() => {
      passed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    release();
    await start;
    await lifecycle.stop();
  });

  it('has nothing to do for passive instances', async () => {
    const clock = new FakeClock();
    const logger = new CapturedLogger();
    const registry = buildRegistry([planOf('p', BothSides)], scope(logger, clock));
    const lifecycle = new ExtensionLifecycle(registry, { clock, logger }, () => {});
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('names the laggard when the barrier is not passed in time, and stops the others', async () => {
    const { lifecycle, journal, clock } = lifecycleOf({
      A: servesWhenReady,
      Laggard: (ctx) => ctx.stopping(),
    });
    const failed = rejection(lifecycle.start());
    await clock.advance(4_999);
    expect(journal).not.toContain('A stopped');
    await clock.advance(1);
    expect((await failed).message).toBe(
      "extension 'Laggard' (urn:test:extension:gated) of pipeline 'test/main' was not ready within 5 s; see its log lines above for what it waits for; stopped again: 'A'",
    );
    expect(journal).toEqual(expect.arrayContaining(['A stopped', 'Laggard stopped']));
    expect(clock.pending).toBe(0);
  });

  it('fails with the name of an instance that throws, and stops the others', async () => {
    const { lifecycle, journal } = lifecycleOf({
      A: servesWhenReady,
      broken: async () => {
        throw new Error('no route to vault');
      },
    });
    const error = (await rejection(lifecycle.start())) as ExtensionError;
    expect(error.kind).toBe('StartFailed');
    expect(error.extension).toBe('broken');
    expect(error.message).toBe(
      "extension 'broken' (urn:test:extension:scripted) of pipeline 'test/main' failed to start: no route to vault; stopped again: 'A'",
    );
    expect(journal).toContain('A stopped');
  });

  it('fails at once, and does not wait for the barrier of another', async () => {
    const { lifecycle, journal, clock } = lifecycleOf({
      Slow: (ctx) => ctx.stopping(),
      broken: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('lost');
      },
    });
    expect((await rejection(lifecycle.start())).message).toBe(
      "extension 'broken' (urn:test:extension:scripted) of pipeline 'test/main' failed to start: lost; stopped again: 'Slow'",
    );
    expect(journal).toContain('Slow stopped');
    expect(clock.pending).toBe(0);
  });

  it('fails with an instance that nobody waits for when it fails after a few steps', async () => {
    const { lifecycle } = lifecycleOf({
      hasty: async () => {
        for (let step = 0; step < 20; step++) await undefined;
        throw new Error('no route to vault');
      },
    });
    expect((await rejection(lifecycle.start())).message).toBe(
      "extension 'hasty' (urn:test:extension:scripted) of pipeline 'test/main' failed to start: no route to vault",
    );
  });

  it('fails when an instance returns at once', async () => {
    const { lifecycle } = lifecycleOf({ quitter: async () => {} });
    expect((await rejection(lifecycle.start())).message).toBe(
      "extension 'quitter' (urn:test:extension:scripted) of pipeline 'test/main' ended before shutdown: it returned from start()",
    );
  });

  it('reports all that failed in one error', async () => {
    const fails: Life = async () => {
      throw new Error('broken');
    };
    const { lifecycle } = lifecycleOf({ a: fails, b: fails });
    expect((await rejection(lifecycle.start())).message).toBe(
      [
        '2 extensions failed to start:',
        "  - extension 'a' (urn:test:extension:scripted) of pipeline 'test/main' failed to start: broken",
        "  - extension 'b' (urn:test:extension:scripted) of pipeline 'test/main' failed to start: broken",
      ].join('\n'),
    );
  });

  it('gives up at once when it is stopped meanwhile', async () => {
    const { lifecycle, clock } = lifecycleOf({ Slow: (ctx) => ctx.stopping() });
    const failed = rejection(lifecycle.start());
    expect(await lifecycle.stop()).toEqual([]);
    expect((await failed).message).toBe('the extensions were stopped before they had started');
    expect(clock.pending).toBe(0);
  });
});

describe('serving', () => {
  it('reports an instance that returns before shutdown', async () => {
    let quit = (): void => {};
    const { lifecycle, failures } = lifecycleOf({
      A: async (ctx) => {
        ctx.ready();
        await new Promise<void>((resolve) => {
          quit = resolve;
        });
      },
    });
    await lifecycle.start();
    quit();
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures.map(({ kind, message }) => [kind, message])).toEqual([
      [
        'EndedEarly',
        "extension 'A' (urn:test:extension:gated) of pipeline 'test/main' ended before shutdown: it returned from start()",
      ],
    ]);
  });

  it('reports an instance that throws before shutdown, with what it threw', async () => {
    let fail = (_: Error): void => {};
    const { lifecycle, failures } = lifecycleOf({
      A: (ctx) => {
        ctx.ready();
        return new Promise<void>((_, reject) => {
          fail = reject;
        });
      },
    });
    await lifecycle.start();
    fail(new Error('lost the lease'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures[0]?.message).toBe(
      "extension 'A' (urn:test:extension:gated) of pipeline 'test/main' ended before shutdown: it failed: lost the lease",
    );
  });
});

describe('stopping', () => {
  it('tells instances in reverse order of their start', async () => {
    const { lifecycle, journal } = lifecycleOf({
      A: servesWhenReady,
      B: servesWhenReady,
      C: servesWhenReady,
    });
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
    expect(journal.slice(3)).toEqual(['C stopped', 'B stopped', 'A stopped']);
  });

  it('abandons an instance that does not return within 5 s, and still stops the others', async () => {
    const { lifecycle, journal, clock } = lifecycleOf({ A: servesWhenReady, Stuck: ignoresStop(true) });
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await clock.advance(5_000);
    expect((await stopped).map(({ message }) => message)).toEqual([
      "extension 'Stuck' (urn:test:extension:gated) of pipeline 'test/main' did not stop within 5 s and was abandoned",
    ]);
    expect(journal).toContain('A stopped');
  });

  it('leaves what has not stopped to itself at once when the end is forced, also what is starting', async () => {
    const force = new AbortController();
    const { lifecycle, journal, clock } = lifecycleOf({
      A: servesWhenReady,
      Stuck: ignoresStop(true),
      stuck: ignoresStop(false),
    });
    await lifecycle.start();
    const stopped = lifecycle.stop(force.signal);
    await clock.advance(100);
    force.abort();
    expect((await stopped).map(({ message }) => message)).toEqual([
      "extension 'stuck' (urn:test:extension:scripted) of pipeline 'test/main' had not stopped when the end was forced, and was abandoned",
      "extension 'Stuck' (urn:test:extension:gated) of pipeline 'test/main' had not stopped when the end was forced, and was abandoned",
    ]);
    expect(journal).toContain('A stopped');
    expect(lifecycle.statuses.map(({ state }) => state)).toEqual(['stopped', 'abandoned', 'abandoned']);
    expect(clock.now()).toBe(100);
    expect(clock.pending).toBe(0);
  });

  it('is forced by the signal of a later call too, while a start that failed is being undone', async () => {
    const { lifecycle, clock, logger } = lifecycleOf({
      Stuck: () => new Promise(() => {}),
      broken: async () => {
        throw new Error('no route to vault');
      },
    });
    const failed = rejection(lifecycle.start());
    await clock.advance(100);
    expect(await lifecycle.stop(AbortSignal.abort())).toEqual([]);
    expect((await failed).message).toContain('no route to vault');
    expect(logger.text).toContain('had not stopped when the end was forced');
    expect(clock.now()).toBe(100);
  });

  it('tells those that are used by others when the end is forced, and does not call them abandoned when they return', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ top: { uses: ['bottom'], config: { stop_ms: -1 } }, bottom: {} }),
    );
    await lifecycle.start();
    const errors = await lifecycle.stop(AbortSignal.abort());
    expect(errors.map(({ extension }) => extension)).toEqual(['top']);
    expect(stage.journal.events).toContain('bottom stopped');
    expect(stage.clock.now()).toBe(0);
  });

  it('collects what instances throw while they stop', async () => {
    const { lifecycle } = lifecycleOf({
      A: async (ctx) => {
        ctx.ready();
        await ctx.stopping();
        throw new Error('could not flush');
      },
      B: servesWhenReady,
    });
    await lifecycle.start();
    const errors = await lifecycle.stop();
    expect(errors.map(({ kind, message }) => [kind, message])).toEqual([
      [
        'StopFailed',
        "extension 'A' (urn:test:extension:gated) of pipeline 'test/main' failed while stopping: could not flush",
      ],
    ]);
  });

  it("takes the platform's AbortError for a clean end, and one of another signal for a failure", async () => {
    const { lifecycle } = lifecycleOf({
      clean: (ctx) => wait(60_000, undefined, { signal: ctx.signal, ref: false }),
      failing: async (ctx) => {
        await ctx.stopping();
        await wait(60_000, undefined, { signal: AbortSignal.abort(), ref: false });
      },
    });
    await lifecycle.start();
    const errors = await lifecycle.stop();
    expect(errors.map(({ kind, extension }) => [kind, extension])).toEqual([['StopFailed', 'failing']]);
  });

  it('takes the abort reason, thrown on, for a clean end', async () => {
    const { lifecycle } = lifecycleOf({
      A: async (ctx) => {
        ctx.ready();
        await ctx.stopping();
        ctx.signal.throwIfAborted();
      },
    });
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
  });
});
