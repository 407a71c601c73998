import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, type ExtensionContext } from '../../src/authoring.js';
import { ExtensionLifecycle } from '../../src/extension/lifecycle.js';
import { buildRegistry } from '../../src/extension/registry.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ProviderOnly, planOf, Scripted, scope } from '../fixtures/extensions.js';

/** A scope that runs one background extension and can show its context. */
async function running(
  life: (ctx: ExtensionContext) => Promise<void> = (ctx) => ctx.stopping(),
  clock = new FakeClock(),
) {
  const logger = new CapturedLogger();
  const contexts: ExtensionContext[] = [];
  const plans = [
    planOf('a', Scripted, {
      journal: [],
      life: (ctx: ExtensionContext) => {
        contexts.push(ctx);
        return life(ctx);
      },
    }),
    planOf('tokens', ProviderOnly),
  ];
  const registry = buildRegistry(plans, scope(logger, clock));
  const lifecycle = new ExtensionLifecycle(registry, { clock, logger }, () => {});
  await lifecycle.start();
  const [context] = contexts;
  if (context === undefined) throw new Error('the extension was not started');
  return { lifecycle, clock, context };
}

describe('the context of an extension', () => {
  it('has the name of the instance, and gives it extensions by name', async () => {
    const { lifecycle, context } = await running();
    expect(context.name).toBe('a');
    expect(context.findExtension(BearerTokenProvider)).toBeUndefined();
    const token = await context.getExtension(BearerTokenProvider, 'tokens').getToken();
    expect(token.secret.reveal()).toBe('only');
    await lifecycle.stop();
  });

  it('says stop once and for all: whoever asks later is told too', async () => {
    const { lifecycle, context } = await running();
    expect(context.signal.aborted).toBe(false);
    await lifecycle.stop();
    expect(context.signal.aborted).toBe(true);
    await context.stopping();
    context.ready();
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'stopped' });
  });

  it('says stop ahead of everything that the extension still has to do', async () => {
    const done: number[] = [];
    const clock = new FakeClock();
    const { lifecycle } = await running(async (ctx) => {
      for (let item = 0; item < 100; item++) {
        await clock.sleep(10, ctx.signal);
        done.push(item);
      }
    }, clock);
    await clock.advance(25);
    expect(await lifecycle.stop()).toEqual([]);
    expect(done).toEqual([0, 1]);
    expect(clock.pending).toBe(0);
  });

  it('says stop to an extension that starts to listen only after it was told', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { lifecycle } = await running(async (ctx) => {
      await promise;
      await ctx.stopping();
    });
    const stopped = lifecycle.stop();
    resolve();
    expect(await stopped).toEqual([]);
  });
});

describe('an extension that has ended', () => {
  it('is waited for no more, and keeps what it ended with', async () => {
    const { lifecycle, clock } = await running(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    });
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    const before = lifecycle.statuses[0];
    expect(before).toMatchObject({ state: 'failed', ended: { failed: 1 } });
    expect(await lifecycle.stop()).toEqual([]);
    expect(lifecycle.statuses[0]).toEqual(before);
    expect(clock.pending).toBe(0);
  });
});
