import { describe, expect, it } from '@jest/globals';
import { Extension, type ExtensionContext, z } from '../../src/authoring.js';
import type { ExtensionPlan } from '../../src/extension/plan.js';
import { RunningExtension } from '../../src/extension/running-extension.js';
import { planOf } from '../fixtures/extensions.js';
import {
  Background,
  type Declared,
  Passive,
  plansOf,
  rejection,
  Stage,
  thrown,
  Ungated,
} from '../fixtures/timed-extensions.js';

/** Whether the barrier of a scope has been passed by some time, in milliseconds. */
async function passedBy(ms: number, declared: Readonly<Record<string, Declared>>): Promise<boolean> {
  const stage = new Stage();
  let passed = false;
  const started = stage
    .scope(plansOf(declared))
    .lifecycle.start()
    .then(() => {
      passed = true;
    });
  started.catch(() => {});
  await stage.clock.advance(ms);
  return passed;
}

/** What the start of a scope fails with, and when, in milliseconds. */
async function failureOf(
  declared: Readonly<Record<string, Declared>>,
): Promise<{ readonly message: string; readonly at: number }> {
  const stage = new Stage();
  const { lifecycle } = stage.scope(plansOf(declared));
  let at = -1;
  const failed = rejection(
    lifecycle.start().catch((error: Error) => {
      at = stage.clock.now();
      throw error;
    }),
  );
  for (let step = 0; step < 400; step++) await stage.clock.advance(100);
  return { message: (await failed).message, at };
}

const never: Declared = { config: { ready_ms: -1 } };
const atOnce: Declared = { config: {} };

const notReady = (name: string, seconds: number): string =>
  `extension '${name}' (urn:test:extension:active) of pipeline 'g/p' was not ready within ${seconds} s; ` +
  'see its log lines above for what it waits for';

/** A background extension that does what a test says, behind a barrier of the length that it says. */
function scripted(life: (ctx: ExtensionContext) => Promise<void>, readiness: true | (() => number)) {
  @Extension({
    urn: 'urn:test:extension:script',
    description: 'Follows a script.',
    execution: 'local',
    readiness,
    config: z.strictObject({ password: z.string().default('hunter2') }),
  })
  class Scripted {
    start(ctx: ExtensionContext): Promise<void> {
      return life(ctx);
    }
  }
  return Scripted;
}

describe('the readiness barrier', () => {
  it('is passed at once when ready() comes at once', async () => {
    expect(await passedBy(0, { a: atOnce })).toBe(true);
  });

  it('holds until ready() comes', async () => {
    expect(await passedBy(299, { a: { config: { ready_ms: 300 } } })).toBe(false);
    expect(await passedBy(300, { a: { config: { ready_ms: 300 } } })).toBe(true);
  });

  it('takes several calls of ready(), also from several places at once, for one', async () => {
    const stage = new Stage();
    const busy = scripted(async (ctx) => {
      await Promise.all([1, 2, 3].map(async () => ctx.ready()));
      ctx.ready();
      await ctx.stopping();
      ctx.ready();
    }, true);
    const { lifecycle } = stage.scope([planOf('a', busy, { password: 'p' })]);
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
  });

  it('holds nobody when no class asked for it, and sets no timer', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ a: { class: Ungated, config: { ready_ms: -1 } }, b: { class: Passive } }),
    );
    await lifecycle.start();
    expect(stage.clock.pending).toBe(0);
    await lifecycle.stop();
  });

  it('takes ready() from an instance whose class did not ask for it, and notes nothing', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: { class: Ungated } }));
    await lifecycle.start();
    expect(lifecycle.statuses.map(({ state }) => state)).toEqual(['serving']);
    await lifecycle.stop();
  });

  it('holds for background extensions too, and names the one that is late', async () => {
    expect(await passedBy(699, { a: { class: Background, config: { ready_ms: 700 } } })).toBe(false);
    expect(await passedBy(700, { a: { class: Background, config: { ready_ms: 700 } } })).toBe(true);
    expect((await failureOf({ a: { class: Background, ...never } })).message).toBe(
      "extension 'a' (urn:test:extension:background) of pipeline 'g/p' was not ready within 5 s; " +
        'see its log lines above for what it waits for',
    );
  });

  it('is over at once when start() ends without ready()', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope([
      planOf(
        'a',
        scripted(async () => {}, true),
        { password: 'p' },
      ),
    ]);
    expect((await rejection(lifecycle.start())).message).toBe(
      "extension 'a' (urn:test:extension:script) of pipeline 'test/main' ended before shutdown: it returned from start()",
    );
    expect(stage.clock.now()).toBe(0);
    expect(stage.clock.pending).toBe(0);
  });

  it('is over at once when start() throws before ready()', async () => {
    const { message, at } = await failureOf({ a: { config: { ready_ms: -1, fails_ms: 200 } } });
    expect(message).toBe(
      "extension 'a' (urn:test:extension:active) of pipeline 'g/p' failed to start: the lease was lost",
    );
    expect(at).toBe(200);
  });

  it('is over at once when one that was ready already fails while another is waited for', async () => {
    const { message, at } = await failureOf({
      a: { config: { fails_ms: 200 } },
      slow: { config: { ready_ms: 4_000 } },
    });
    expect(message).toBe(
      "extension 'a' (urn:test:extension:active) of pipeline 'g/p' failed to start: the lease was lost; stopped again: 'slow'",
    );
    expect(at).toBe(200);
  });

  it('waits for all at the same time: as long as the slowest, not as long as all together', async () => {
    const declared = {
      a: { config: { ready_ms: 3_000 } },
      b: { config: { ready_ms: 4_000 } },
      c: { config: { ready_ms: 3_500 } },
    };
    expect(await passedBy(3_999, declared)).toBe(false);
    expect(await passedBy(4_000, declared)).toBe(true);
  });

  it('names the one that is late beside those that were ready', async () => {
    expect(await failureOf({ a: atOnce, late: never, c: atOnce })).toEqual({
      message: `${notReady('late', 5)}; stopped again: 'a', 'c'`,
      at: 5_000,
    });
  });

  it('can be waited at by whoever comes later', async () => {
    const stage = new Stage();
    const { clock } = stage;
    const { bundle } = stage.scope(plansOf({ a: {} })).registry.own('a') ?? {};
    if (bundle?.active === undefined) throw new Error('there is nothing to start');
    const running = new RunningExtension(bundle, bundle.active, clock, {
      failed: () => {},
      retiredFailed: () => {},
      startFailed: () => {},
      ended: () => {},
    });
    await Promise.all([running.passBarrier(), running.passBarrier()]);
    await running.passBarrier();
    expect(clock.pending).toBe(0);
    await running.stop(1_000);
    await running.passBarrier();
  });

  it('leaves no timer behind', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: { config: { ready_ms: 10 } } }));
    const started = lifecycle.start();
    await stage.clock.advance(10);
    await started;
    expect(stage.clock.pending).toBe(0);
    await lifecycle.stop();
  });

  it('shows nothing of the configuration of the one that is late', async () => {
    const stage = new Stage();
    const silent = scripted((ctx) => ctx.stopping(), true);
    const { lifecycle } = stage.scope([planOf('a', silent, { password: 'hunter2' })]);
    const failed = rejection(lifecycle.start());
    await stage.clock.advance(5_000);
    expect(JSON.stringify([await failed, (await failed).message, stage.logger.text])).not.toContain(
      'hunter2',
    );
  });
});

describe('the time to become ready', () => {
  it('is 5 s when the class says nothing else', async () => {
    expect((await failureOf({ a: never })).at).toBe(5_000);
    expect((await failureOf({ a: { class: Background, ...never } })).at).toBe(5_000);
  });

  it('is what the declaration says, longer or shorter', async () => {
    expect(await failureOf({ a: { ...never, readinessMs: 12_000 } })).toEqual({
      message: notReady('a', 12),
      at: 12_000,
    });
    expect((await failureOf({ a: { ...never, readinessMs: 5_000 } })).at).toBe(5_000);
    expect((await failureOf({ a: { ...never, readinessMs: 300 } })).at).toBe(300);
    expect((await failureOf({ a: { class: Background, ...never, readinessMs: 300 } })).at).toBe(300);
    expect((await failureOf({ a: { class: Background, ...never, readinessMs: 12_000 } })).at).toBe(12_000);
  });

  it('may be as short as a millisecond', async () => {
    expect(await passedBy(0, { a: { ...atOnce, readinessMs: 1 } })).toBe(true);
    expect(await passedBy(0, { a: { class: Background, ...atOnce, readinessMs: 1 } })).toBe(true);
  });

  it("is each one's own, and the shortest that runs out ends the start", async () => {
    expect(
      await failureOf({ long: { ...never, readinessMs: 30_000 }, short: { ...never, readinessMs: 400 } }),
    ).toEqual({ message: `${notReady('short', 0.4)}; stopped again: 'long'`, at: 400 });
  });

  it('is no other than the class reads from the configuration', async () => {
    const stage = new Stage();
    const silent = scripted(
      (ctx) => ctx.stopping(),
      () => 1_500,
    );
    const { lifecycle } = stage.scope([planOf('a', silent, { password: 'p' })]);
    const failed = rejection(lifecycle.start());
    await stage.clock.advance(1_500);
    expect((await failed).message).toContain('was not ready within 1.5 s');
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'is refused when it cannot be waited for: %d',
    (ms) => {
      const plan: ExtensionPlan = planOf(
        'a',
        scripted(
          (ctx) => ctx.stopping(),
          () => ms,
        ),
        { password: 'p' },
      );
      expect(thrown(() => new Stage().scope([plan])).message).toBe(
        `extension 'a' (urn:test:extension:script) of pipeline 'test/main' could not be created: its readiness waits for ${ms} ms; ` +
          'let the function give a number of milliseconds above 0',
      );
    },
  );

  it('fails the start when the class cannot say it', () => {
    const plan = planOf(
      'a',
      scripted(
        (ctx) => ctx.stopping(),
        () => {
          throw new Error('no such field');
        },
      ),
      { password: 'p' },
    );
    expect(thrown(() => new Stage().scope([plan])).message).toBe(
      "extension 'a' (urn:test:extension:script) of pipeline 'test/main' could not be created: no such field",
    );
  });
});
