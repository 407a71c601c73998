import { describe, expect, it } from '@jest/globals';
import { BearerTokenAuthorizer, BearerTokenProvider, Secret } from '../../src/authoring.js';
import { CallsInFlight } from '../../src/extension/calls-in-flight.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import type { ExtensionScope } from '../../src/extension/extension-scope.js';
import { RETIREMENT_MS } from '../../src/extension/replacements.js';
import {
  Background,
  type Declared,
  Each,
  Passive,
  planned,
  plansOf,
  rejection,
  Stage,
  Ungated,
} from '../fixtures/timed-extensions.js';

function providerOf(scope: ExtensionScope, id = 'out', extension = 'x'): BearerTokenProvider {
  const consumer = { kind: 'exporter', id, namespace: `g/p/exporter/${id}` };
  const capabilities = new Capabilities(
    consumer,
    new Map([[BearerTokenProvider, extension]]),
    scope.registry,
  );
  return capabilities.getExtension(BearerTokenProvider);
}

const ask = async (provider: BearerTokenProvider): Promise<string> =>
  (await provider.getToken()).secret.reveal();

/** A scope that has started, with an extension `x` whose tokens begin with `old`. */
async function running(declared: Declared = {}, others: Readonly<Record<string, Declared>> = {}) {
  const stage = new Stage();
  const x = { ...declared, config: { token: 'old', ...declared.config } };
  const scope = stage.scope(plansOf({ x, ...others }));
  const provider = declared.class === Background ? undefined : providerOf(scope);
  await scope.lifecycle.start();
  const next = (its: Declared = {}): Promise<void> =>
    scope.lifecycle.replace(planned('x', { ...declared, ...its, config: { token: 'new', ...its.config } }));
  return { stage, scope, lifecycle: scope.lifecycle, next, provider: provider as BearerTokenProvider };
}

describe('replacing an extension', () => {
  it('makes the new one ready beside the old one, which serves until then', async () => {
    const { stage, provider, next, lifecycle } = await running();
    const replaced = next({ config: { ready_ms: 1_000 } });
    await stage.clock.advance(999);
    expect(await ask(provider)).toBe('old#1');
    await stage.clock.advance(1);
    await replaced;
    expect(await ask(provider)).toBe('new#1');
    expect(stage.journal.events).toEqual(['x starts', 'x ready', 'x starts', 'x ready']);
    await lifecycle.stop();
  });

  it('moves all consumers at one point, each with the handle that it has', async () => {
    const { scope, next, lifecycle } = await running();
    const providers = ['a', 'b', 'c'].map((id) => providerOf(scope, id));
    await next();
    expect(await Promise.all(providers.map(ask))).toEqual(['new#1', 'new#2', 'new#3']);
    expect(await ask(providerOf(scope, 'later'))).toBe('new#4');
    await lifecycle.stop();
  });

  it('moves extensions that use it, too', async () => {
    const { scope, next, lifecycle } = await running({}, { user: { uses: ['x'] } });
    const used = scope.registry.own('user')?.bundle?.lookup.getExtension(BearerTokenProvider);
    await next();
    expect((await used?.getToken())?.secret.reveal()).toBe('new#1');
    await lifecycle.stop();
  });

  it('lets streams that are being read go on with those of the new one', async () => {
    const { provider, next, lifecycle } = await running();
    const stream = provider.tokenStream()[Symbol.asyncIterator]();
    expect((await stream.next()).value?.secret.reveal()).toBe('old');
    const following = stream.next();
    await next();
    expect((await following).value?.secret.reveal()).toBe('new');
    await stream.return?.();
    await lifecycle.stop();
  });

  it('tells the old one to stop 30 s later, and not sooner', async () => {
    const { stage, next, lifecycle } = await running();
    await next();
    await stage.clock.advance(RETIREMENT_MS - 1);
    expect(stage.journal.when('x told')).toBeUndefined();
    await stage.clock.advance(1);
    expect(stage.journal.when('x stopped')).toBe(RETIREMENT_MS);
    expect(lifecycle.statuses[0]?.retiring).toBe(0);
    await lifecycle.stop();
  });

  it('counts the 30 s from when the new one serves, however long it took to become ready', async () => {
    const { stage, next, lifecycle } = await running();
    const replaced = next({ config: { ready_ms: 40_000 }, readinessMs: 60_000 });
    await stage.clock.advance(40_000);
    await replaced;
    await stage.clock.advance(RETIREMENT_MS - 1);
    expect(stage.journal.when('x told')).toBeUndefined();
    await stage.clock.advance(1);
    expect(stage.journal.when('x told')).toBe(40_000 + RETIREMENT_MS);
    await lifecycle.stop();
  });

  it('waits longer for a call that began during the replacement and still runs', async () => {
    const { stage, provider, next, lifecycle } = await running({ config: { answer_ms: 100_000 } });
    const replaced = next({ config: { ready_ms: 1_000 } });
    await stage.clock.advance(500);
    const call = ask(provider);
    await stage.clock.advance(500);
    await replaced;
    await stage.clock.advance(99_499);
    expect(stage.journal.when('x told')).toBeUndefined();
    await stage.clock.advance(1);
    expect(await call).toBe('old#1');
    expect(stage.journal.when('x told')).toBe(100_500);
    await lifecycle.stop();
  });

  it('counts also the calls of a trait that is looked up for the first time during the replacement', async () => {
    const { stage, scope, next, lifecycle } = await running({ config: { answer_ms: 100_000 } });
    const replaced = next({ config: { ready_ms: 1_000 } });
    await stage.clock.advance(500);
    const newcomer = { kind: 'receiver', id: 'newcomer', namespace: 'g/p/receiver/newcomer' };
    const bindings = new Map([[BearerTokenAuthorizer, 'x']]);
    const guard = new Capabilities(newcomer, bindings, scope.registry).getExtension(BearerTokenAuthorizer);
    const call = guard.authorize(new Secret('someone'));
    await stage.clock.advance(500);
    await replaced;
    await stage.clock.advance(RETIREMENT_MS);
    expect(stage.journal.when('x told')).toBeUndefined();
    await stage.clock.advance(100_000);
    expect(await call).toMatchObject({ identity: { subject: 'old knows someone' } });
    expect(stage.journal.when('x told')).toBe(100_500);
    await lifecycle.stop();
  });

  it('is no failure of the old one when that ends by itself afterwards', async () => {
    const { stage, next, lifecycle } = await running({ class: Ungated, config: { quits_ms: 10_000 } });
    await next({ config: {} });
    await stage.clock.advance(10_000);
    expect(stage.failures).toEqual([]);
    await lifecycle.stop();
  });

  it('says at once, and not as a failure to stop, when the old one fails by itself afterwards', async () => {
    const { stage, next, lifecycle } = await running({ class: Ungated, config: { fails_ms: 10_000 } });
    await next({ config: {} });
    await stage.clock.advance(10_000);
    expect(stage.failures).toEqual([]);
    const message =
      "extension 'x' (urn:test:extension:ungated) of pipeline 'g/p' was replaced, and failed before its last calls were answered: the lease was lost";
    expect(stage.logger.lines.map((line) => [line.level, line.message])).toEqual([['warn', message]]);
    expect(stage.mishaps.map((error) => [error.kind, error.message])).toEqual([['EndedEarly', message]]);
    expect(lifecycle.statuses[0]).toMatchObject({
      state: 'serving',
      retiring: 0,
      ended: { failed: 1 },
      lastError: message,
    });
    await stage.clock.advance(RETIREMENT_MS);
    expect(await lifecycle.stop()).toEqual([]);
    expect(stage.logger.lines).toHaveLength(1);
  });

  it('makes the end of the new one a failure from then on', async () => {
    const { stage, next } = await running({ class: Ungated });
    await next({ config: { fails_ms: 5 } });
    await stage.clock.advance(5);
    expect(stage.failures.map(({ message }) => message)).toEqual([
      "extension 'x' (urn:test:extension:ungated) of pipeline 'g/p' ended before shutdown: it failed: the lease was lost",
    ]);
  });

  it('is done one after another, each with the one before it', async () => {
    const { stage, provider, next, lifecycle } = await running();
    const first = next({ config: { token: 'second', ready_ms: 100 } });
    const second = next({ config: { token: 'third', ready_ms: 100 } });
    await stage.clock.advance(100);
    await first;
    expect(await ask(provider)).toBe('second#1');
    await stage.clock.advance(100);
    await second;
    expect(await ask(provider)).toBe('third#1');
    expect(lifecycle.statuses[0]).toMatchObject({ replacements: 2, retiring: 2 });
    await stage.clock.advance(RETIREMENT_MS);
    expect(lifecycle.statuses[0]).toMatchObject({ retiring: 0, ended: { stopped: 2 } });
    await lifecycle.stop();
  });

  it('goes on after one that failed', async () => {
    const { provider, next, lifecycle } = await running();
    const broken = rejection(next({ config: { breaks: 'no address' } }));
    await next({ config: { token: 'third' } });
    await broken;
    expect(await ask(provider)).toBe('third#1');
    await lifecycle.stop();
  });

  it('abandons an old one that does not stop, and says so in the log', async () => {
    const { stage, next, lifecycle } = await running({ config: { stop_ms: -1 } });
    await next();
    await stage.clock.advance(RETIREMENT_MS + 5_000);
    expect(stage.logger.lines.map(({ level, message }) => [level, message])).toEqual([
      [
        'warn',
        "extension 'x' (urn:test:extension:active) of pipeline 'g/p' did not stop within 5 s and was abandoned",
      ],
    ]);
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'serving', retiring: 0, ended: { abandoned: 1 } });
    await lifecycle.stop();
  });
});

describe('a replacement that is broken', () => {
  const unchanged = async ({ provider, lifecycle }: Awaited<ReturnType<typeof running>>): Promise<void> => {
    expect(await ask(provider)).toBe('old#1');
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'serving', replacements: 0, retiring: 0 });
    expect(await lifecycle.stop()).toEqual([]);
  };

  it('changes nothing and says so when it cannot be created', async () => {
    const fixture = await running();
    expect((await rejection(fixture.next({ config: { breaks: 'no address' } }))).message).toBe(
      "extension 'x' (urn:test:extension:active) of pipeline 'g/p' could not be created: no address; " +
        "extension 'x' of pipeline 'g/p' was not replaced and serves as before",
    );
    await unchanged(fixture);
  });

  it('changes nothing when it fails before it is ready, and is stopped', async () => {
    const fixture = await running();
    const failed = rejection(fixture.next({ config: { ready_ms: -1, fails_ms: 100 } }));
    await fixture.stage.clock.advance(100);
    expect((await failed).message).toBe(
      "extension 'x' (urn:test:extension:active) of pipeline 'g/p' failed to start: the lease was lost; " +
        "extension 'x' of pipeline 'g/p' was not replaced and serves as before",
    );
    expect(fixture.lifecycle.statuses[0]).toMatchObject({ ended: { failed: 1 } });
    await unchanged(fixture);
  });

  it('changes nothing when it is not ready in time', async () => {
    const fixture = await running();
    const failed = rejection(fixture.next({ config: { ready_ms: -1 } }));
    await fixture.stage.clock.advance(5_000);
    expect((await failed).message).toBe(
      "extension 'x' (urn:test:extension:active) of pipeline 'g/p' was not ready within 5 s; " +
        "see its log lines above for what it waits for; extension 'x' of pipeline 'g/p' was not replaced and serves as before",
    );
    expect(fixture.stage.journal.events.slice(-2)).toEqual(['x told', 'x stopped']);
    await unchanged(fixture);
  });

  it('changes nothing when one without a barrier fails at once', async () => {
    const fixture = await running({ class: Ungated });
    const failed = await rejection(fixture.next({ config: { fails_ms: 0 } }));
    expect(failed.message).toContain("extension 'x' of pipeline 'g/p' was not replaced and serves as before");
    expect(fixture.stage.failures).toEqual([]);
    await unchanged(fixture);
  });

  it('counts no more calls', async () => {
    const { stage, scope, provider, lifecycle } = await running({ config: { answer_ms: 1_000 } });
    const calls = new CallsInFlight();
    scope.registry.own('x')?.prepare(planned('x', {}), calls).abandon();
    const call = ask(provider);
    await calls.settled();
    await stage.clock.advance(1_000);
    expect(await call).toBe('old#1');
    await lifecycle.stop();
  });

  it('does not move streams', async () => {
    const { stage, provider, next, lifecycle } = await running();
    const stream = provider.tokenStream()[Symbol.asyncIterator]();
    await stream.next();
    let moved = false;
    const following = stream.next().then(() => {
      moved = true;
    });
    const failed = rejection(next({ config: { ready_ms: -1 } }));
    await stage.clock.advance(5_000);
    await failed;
    expect(moved).toBe(false);
    await lifecycle.stop();
    await following;
  });
});

describe('replacing', () => {
  it('a passive extension happens at once', async () => {
    const { provider, next, lifecycle } = await running({ class: Passive });
    expect(await ask(provider)).toBe('old#1');
    await next();
    expect(await ask(provider)).toBe('new#1');
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'passive', replacements: 1, retiring: 0 });
  });

  it('a passive one that cannot be created leaves the old one', async () => {
    const { provider, next } = await running({ class: Passive });
    await rejection(next({ config: { breaks: 'no address' } }));
    expect(await ask(provider)).toBe('old#1');
  });

  it('one with an instance per consumer gives each consumer a new one', async () => {
    const { scope, stage, next } = await running({ class: Each });
    const [a, b] = [providerOf(scope, 'a'), providerOf(scope, 'b')];
    await Promise.all([ask(a), ask(a), ask(b)]);
    await next();
    expect([await ask(a), await ask(a), await ask(b)]).toEqual(['new#1', 'new#2', 'new#1']);
    expect(await ask(providerOf(scope, 'later'))).toBe('new#1');
    expect(stage.journal.built).toEqual(['old', 'old', 'old', 'new', 'new', 'new', 'new']);
  });

  it('a background extension stops the old one without delay, for nobody calls it', async () => {
    const { stage, next, lifecycle } = await running({ class: Background });
    await next();
    await stage.clock.advance(0);
    expect(stage.journal.events).toEqual([
      'x starts',
      'x ready',
      'x starts',
      'x ready',
      'x told',
      'x stopped',
    ]);
    await lifecycle.stop();
  });

  it('one that nothing uses changes what is created when somebody asks', async () => {
    const stage = new Stage();
    const unused = stage.scope(plansOf({ x: { class: Passive, used: false } }));
    await unused.lifecycle.start();
    await unused.lifecycle.replace(planned('x', { class: Passive, used: false, config: { token: 'new' } }));
    expect(stage.journal.built).toEqual([]);
    expect(await ask(providerOf(unused))).toBe('new#1');
  });

  it('one that could not be created so far gives it another chance', async () => {
    const stage = new Stage();
    const scope = stage.scope(
      plansOf({ x: { class: Passive, used: false, config: { breaks: 'no address' } } }),
    );
    expect(() => providerOf(scope)).toThrow('no address');
    await scope.lifecycle.replace(planned('x', { class: Passive, used: false }));
    expect(await ask(providerOf(scope))).toBe('t#1');
  });
});

describe('stopping a scope', () => {
  it('with force leaves the new one and those that were replaced to themselves, and tells of each once', async () => {
    const { stage, next, lifecycle } = await running({ config: { stop_ms: -1 } });
    await next({ config: { stop_ms: -1 } });
    const replaced = rejection(next({ config: { ready_ms: -1, stop_ms: -1 } }));
    await stage.clock.advance(100);
    const errors = await lifecycle.stop(AbortSignal.abort());
    await replaced;
    const told = [...errors, ...stage.mishaps].map(({ message }) => message);
    expect(told).toEqual(Array(told.length).fill(expect.stringContaining('when the end was forced')));
    expect(told).toHaveLength(3);
    expect(stage.logger.lines.map(({ message }) => message)).toEqual(
      stage.mishaps.map(({ message }) => message),
    );
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'abandoned', ended: { stopped: 0, abandoned: 3 } });
    expect(stage.clock.now()).toBe(100);
    expect(stage.clock.pending).toBe(0);
  });

  it('during a replacement stops the new one and the old one, and the replacement says so', async () => {
    const { stage, next, lifecycle } = await running();
    const replaced = rejection(next({ config: { ready_ms: 4_000 } }));
    await stage.clock.advance(100);
    await lifecycle.stop();
    expect((await replaced).message).toBe(
      "extension 'x' of pipeline 'g/p' was stopped while it was being replaced",
    );
    expect(stage.journal.events.filter((event) => event === 'x stopped')).toHaveLength(1);
    expect(stage.clock.pending).toBe(0);
    expect(lifecycle.statuses[0]?.state).toBe('stopped');
  });

  it('during a replacement stops the new one before what it uses', async () => {
    const { stage, next, lifecycle } = await running({ uses: ['provider'] }, { provider: {} });
    const replaced = rejection(next({ config: { ready_ms: -1, stop_ms: 800 } }));
    await stage.clock.advance(100);
    const stopped = lifecycle.stop();
    await stage.clock.advance(800);
    await stopped;
    await replaced;
    expect(stage.journal.when('provider told')).toBe(900);
  });

  it('stops one that was replaced before what it alone asked for', async () => {
    const { stage, next, lifecycle } = await running(
      { config: { asks_late: ['provider'], stop_ms: 700 } },
      { provider: {} },
    );
    await next();
    const stopped = lifecycle.stop();
    await stage.clock.advance(700);
    await stopped;
    expect(stage.journal.when('provider told')).toBe(700);
  });

  it('does not wait for the 30 s of one that was replaced', async () => {
    const { stage, next, lifecycle } = await running();
    await next();
    expect(await lifecycle.stop()).toEqual([]);
    expect(stage.journal.events.filter((event) => event === 'x stopped')).toHaveLength(2);
    expect(stage.clock.pending).toBe(0);
  });

  it('does not wait for calls that never end', async () => {
    const { stage, provider, next, lifecycle } = await running({ config: { answer_ms: 10 ** 9 } });
    const replaced = next({ config: { ready_ms: 10 } });
    void provider.getToken();
    await stage.clock.advance(10);
    await replaced;
    await stage.clock.advance(RETIREMENT_MS);
    expect(await lifecycle.stop()).toEqual([]);
    expect(stage.journal.events.filter((event) => event === 'x stopped')).toHaveLength(2);
  });

  it('refuses replacements from then on', async () => {
    const { next, lifecycle } = await running();
    await lifecycle.stop();
    expect((await rejection(next())).message).toBe(
      "extension 'x' of pipeline 'g/p' was stopped while it was being replaced",
    );
  });
});
