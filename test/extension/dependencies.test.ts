import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider } from '../../src/authoring.js';
import {
  Background,
  Passive,
  plansOf,
  rejection,
  Stage,
  thrown,
  Ungated,
} from '../fixtures/timed-extensions.js';

describe('starting extensions that use others', () => {
  it('starts each when those that it uses are ready, independent ones at the same time', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        top: { uses: ['left', 'right'] },
        left: { uses: ['bottom'], config: { ready_ms: 300 } },
        right: { uses: ['bottom'], config: { ready_ms: 400 } },
        bottom: { config: { ready_ms: 1_000 } },
      }),
    );
    const started = lifecycle.start();
    await stage.clock.advance(1_400);
    await started;
    expect(stage.journal.lines).toEqual([
      '0 bottom starts',
      '1000 bottom ready',
      '1000 left starts',
      '1000 right starts',
      '1300 left ready',
      '1400 right ready',
      '1400 top starts',
      '1400 top ready',
    ]);
  });

  it('waits for what a passive one between them uses', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        top: { uses: ['between'] },
        between: { class: Passive, uses: ['bottom'] },
        bottom: { config: { ready_ms: 700 } },
      }),
    );
    const started = lifecycle.start();
    await stage.clock.advance(700);
    await started;
    expect(stage.journal.when('top starts')).toBe(700);
  });

  it('does not wait for one without a barrier', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ top: { uses: ['bottom'] }, bottom: { class: Ungated, config: { ready_ms: 900 } } }),
    );
    await lifecycle.start();
    expect(stage.journal.events).toEqual(['bottom starts', 'top starts', 'top ready']);
    await lifecycle.stop();
  });

  it('counts what a constructor asks for by name as used: it is created and started first', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        top: { config: { asks: ['bottom'] } },
        bottom: { used: false, config: { ready_ms: 50 } },
        spare: { used: false },
      }),
    );
    const started = lifecycle.start();
    await stage.clock.advance(50);
    await started;
    expect(stage.journal.lines).toEqual([
      '0 bottom starts',
      '50 bottom ready',
      '50 top starts',
      '50 top ready',
    ]);
  });

  it('counts the time to become ready of each from its own start', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        top: { uses: ['bottom'], config: { ready_ms: 4_999 } },
        bottom: { config: { ready_ms: 4_999 } },
      }),
    );
    const started = lifecycle.start();
    await stage.clock.advance(9_998);
    await started;
    expect(stage.journal.when('top ready')).toBe(9_998);
  });

  it('tells in one message what failed, who was not started for it, who only waited, and who was stopped again', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        user: { uses: ['through'] },
        through: { class: Passive, uses: ['bad'] },
        bad: { config: { ready_ms: -1, fails_ms: 100 } },
        good: {},
        slow: { config: { ready_ms: 3_000 } },
        patient: { uses: ['slow'] },
      }),
    );
    const failed = rejection(lifecycle.start());
    await stage.clock.advance(100);
    expect((await failed).message).toBe(
      "extension 'bad' (urn:test:extension:active) of pipeline 'g/p' failed to start: the lease was lost; " +
        "not started, for they use what failed: 'user'; not yet started: 'patient'; stopped again: 'good', 'slow'",
    );
    expect(stage.journal.events).toEqual(expect.arrayContaining(['good stopped']));
    expect(stage.clock.pending).toBe(0);
  });

  it('reports one that cannot be created once, however many use it', () => {
    const stage = new Stage();
    const error = thrown(() =>
      stage.scope(
        plansOf({ a: { uses: ['bad'] }, b: { uses: ['bad'] }, bad: { config: { breaks: 'no address' } } }),
      ),
    );
    expect(error.message).toBe(
      "extension 'bad' (urn:test:extension:active) of pipeline 'g/p' could not be created: no address",
    );
  });

  it('refuses constructors that ask for each other by name, which no check of the configuration can see', () => {
    const stage = new Stage();
    expect(() =>
      stage.scope(plansOf({ a: { config: { asks: ['b'] } }, b: { config: { asks: ['a'] } } })),
    ).toThrow(
      "extension 'a' (urn:test:extension:active) of pipeline 'g/p' is asked for by one that it asks for itself while it is created; " +
        'ask for one of them later, in start()',
    );
  });

  it('starts nothing more when it is stopped meanwhile', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ top: { uses: ['bottom'] }, bottom: { config: { ready_ms: 1_000 } } }),
    );
    const failed = rejection(lifecycle.start());
    expect(await lifecycle.stop()).toEqual([]);
    expect((await failed).message).toBe('the extensions were stopped before they had started');
    expect(stage.journal.events).toEqual(['bottom starts']);
  });
});

describe('stopping extensions that use others', () => {
  it('stops users first and independent ones together', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        bottom: {},
        left: { uses: ['bottom'], config: { stop_ms: 300 } },
        right: { uses: ['bottom'], config: { stop_ms: 400 } },
        top: { uses: ['left', 'right'], config: { stop_ms: 200 } },
      }),
    );
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await stage.clock.advance(600);
    expect(await stopped).toEqual([]);
    expect(stage.journal.lines.slice(8)).toEqual([
      '0 top told',
      '200 top stopped',
      '200 right told',
      '200 left told',
      '500 left stopped',
      '600 right stopped',
      '600 bottom told',
      '600 bottom stopped',
    ]);
  });

  it('leaves the providers of a stuck one their share of the 5 s', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({
        bottom: { config: { stop_ms: 2_400 } },
        top: { uses: ['bottom'], config: { stop_ms: -1 } },
        alone: { config: { stop_ms: 4_900 } },
      }),
    );
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await stage.clock.advance(5_000);
    expect((await stopped).map(({ message }) => message)).toEqual([
      "extension 'top' (urn:test:extension:active) of pipeline 'g/p' did not stop within 2.5 s and was abandoned",
    ]);
    expect(stage.journal.when('bottom told')).toBe(2_500);
    expect(stage.journal.when('bottom stopped')).toBe(4_900);
    expect(stage.journal.when('alone stopped')).toBe(4_900);
  });

  it('is over in 5 s also when a whole chain is stuck', async () => {
    const stage = new Stage();
    const stuck = { stop_ms: -1 };
    const { lifecycle } = stage.scope(
      plansOf({
        a: { config: stuck, uses: ['b'] },
        b: { config: stuck, uses: ['c'] },
        c: { config: stuck },
      }),
    );
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await stage.clock.advance(5_000);
    expect((await stopped).map(({ extension }) => extension).sort()).toEqual(['a', 'b', 'c']);
  });

  it('counts what start() asked for by name as used', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ a: { config: { asks_late: ['b'], stop_ms: 100 } }, b: { config: {} } }),
    );
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await stage.clock.advance(100);
    await stopped;
    expect(stage.journal.when('b told')).toBe(100);
  });

  it('keeps the order through a passive one that was created late', async () => {
    const stage = new Stage();
    const scope = stage.scope(
      plansOf({
        consumer: { config: { asks_late: ['between'], stop_ms: 100 } },
        between: { class: Passive, used: false, uses: ['provider'] },
        provider: {},
      }),
    );
    scope.registry.seal();
    await scope.lifecycle.start();
    const stopped = scope.lifecycle.stop();
    await stage.clock.advance(100);
    await stopped;
    expect(stage.journal.when('provider told')).toBe(100);
  });

  it('gets to an end when they asked for each other while they ran', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ a: { config: { asks_late: ['b'] } }, b: { config: { asks_late: ['a'] } } }),
    );
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
    expect(stage.journal.events.filter((event) => event.endsWith(' stopped'))).toHaveLength(2);
  });

  it('lets them look up nothing afterwards', async () => {
    const stage = new Stage();
    const { lifecycle, registry } = stage.scope(plansOf({ a: { uses: ['b'] }, b: { class: Passive } }));
    await lifecycle.start();
    const { lookup } = registry.own('a')?.bundle ?? {};
    expect(lookup?.findExtension(BearerTokenProvider)).toBeDefined();
    await lifecycle.stop();
    expect(() => lookup?.getExtension(BearerTokenProvider)).toThrow(
      "extension 'a' asks for bearer_token_provider after its pipeline has stopped; ask while it runs",
    );
  });
});

describe('a background extension', () => {
  it('uses others like an active one, and starts after them', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ watcher: { class: Background, uses: ['auth'] }, auth: { config: { ready_ms: 10 } } }),
    );
    const started = lifecycle.start();
    await stage.clock.advance(10);
    await started;
    expect(stage.journal.when('watcher starts')).toBe(10);
    await lifecycle.stop();
  });
});
