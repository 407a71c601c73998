import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider } from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import { RETIREMENT_MS } from '../../src/extension/replacements.js';
import type { ExtensionStatus } from '../../src/extension/status.js';
import {
  Background,
  Each,
  Passive,
  planned,
  plansOf,
  rejection,
  Stage,
  Ungated,
} from '../fixtures/timed-extensions.js';

const none = { stopped: 0, failed: 0, abandoned: 0 };

const states = (statuses: readonly ExtensionStatus[]): object =>
  Object.fromEntries(statuses.map(({ name, state }) => [name, state]));

describe('the status of an extension', () => {
  it('says where it is declared, what it is, and how it lives', async () => {
    const { lifecycle } = new Stage().scope(
      plansOf({ a: {}, b: { class: Background }, c: { class: Passive } }, { group: 'edge' }),
    );
    await lifecycle.start();
    expect(lifecycle.statuses).toEqual([
      {
        scope: { group: 'edge' },
        name: 'a',
        type: 'urn:test:extension:active',
        life: 'active',
        state: 'serving',
        instances: 1,
        replacements: 0,
        retiring: 0,
        ended: none,
        lastError: undefined,
      },
      expect.objectContaining({ name: 'b', life: 'background', state: 'serving' }),
      expect.objectContaining({ name: 'c', life: 'passive', state: 'passive' }),
    ]);
    await lifecycle.stop();
  });

  it('follows it from waiting and starting through serving and stopping to its end', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(
      plansOf({ a: { config: { ready_ms: 100, stop_ms: 100 } }, b: { uses: ['a'] } }),
    );
    expect(states(lifecycle.statuses)).toEqual({ a: 'waiting', b: 'waiting' });
    const started = lifecycle.start();
    await stage.clock.advance(50);
    expect(states(lifecycle.statuses)).toEqual({ a: 'starting', b: 'waiting' });
    await stage.clock.advance(50);
    await started;
    expect(states(lifecycle.statuses)).toEqual({ a: 'serving', b: 'serving' });
    const stopped = lifecycle.stop();
    await stage.clock.advance(50);
    expect(states(lifecycle.statuses)).toEqual({ a: 'stopping', b: 'stopped' });
    await stage.clock.advance(50);
    await stopped;
    expect(states(lifecycle.statuses)).toEqual({ a: 'stopped', b: 'stopped' });
    expect(lifecycle.statuses.map(({ ended }) => ended)).toEqual([
      { ...none, stopped: 1 },
      { ...none, stopped: 1 },
    ]);
  });

  it('says what one that failed while it served failed with, and stays failed after the stop', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: { class: Ungated, config: { fails_ms: 10 } }, b: {} }));
    await lifecycle.start();
    await stage.clock.advance(10);
    await lifecycle.stop();
    expect(lifecycle.statuses[0]).toMatchObject({
      state: 'failed',
      instances: 0,
      ended: { ...none, failed: 1 },
      lastError:
        "extension 'a' (urn:test:extension:ungated) of pipeline 'g/p' ended before shutdown: it failed: the lease was lost",
    });
    expect(lifecycle.statuses[1]).toMatchObject({ state: 'stopped', lastError: undefined });
  });

  it('counts one that was not ready in time as failed, though it stopped when it was told to', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: { config: { ready_ms: -1 } } }));
    const failed = rejection(lifecycle.start());
    await stage.clock.advance(5_000);
    await failed;
    expect(lifecycle.statuses[0]).toMatchObject({ state: 'failed', ended: { ...none, failed: 1 } });
    expect(lifecycle.statuses[0]?.lastError).toContain('was not ready within 5 s');
  });

  it('counts one that did not stop as abandoned, once, though it returns later', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: { config: { stop_ms: 7_000 } }, b: {} }));
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await stage.clock.advance(5_000);
    await stopped;
    const abandoned = { state: 'abandoned', ended: { ...none, abandoned: 1 } };
    expect(lifecycle.statuses[0]).toMatchObject(abandoned);
    await stage.clock.advance(2_000);
    expect(stage.journal.events).toContain('a stopped');
    expect(lifecycle.statuses[0]).toMatchObject(abandoned);
    expect(lifecycle.statuses[1]).toMatchObject({ state: 'stopped', ended: { ...none, stopped: 1 } });
  });

  it('is not changed by a second stop', async () => {
    const { lifecycle } = new Stage().scope(plansOf({ a: {} }));
    await lifecycle.start();
    expect(await lifecycle.stop()).toEqual([]);
    const after = lifecycle.statuses;
    expect(await lifecycle.stop()).toEqual([]);
    expect(lifecycle.statuses).toEqual(after);
  });

  it('counts replacements and how those that were replaced ended, each name for itself', async () => {
    const stage = new Stage();
    const { lifecycle } = stage.scope(plansOf({ a: {}, b: {} }));
    await lifecycle.start();
    await lifecycle.replace(planned('a', { config: { token: 'next' } }));
    expect(lifecycle.statuses).toMatchObject([
      { name: 'a', state: 'serving', replacements: 1, retiring: 1, ended: none },
      { name: 'b', state: 'serving', replacements: 0, retiring: 0, ended: none },
    ]);
    await stage.clock.advance(RETIREMENT_MS);
    expect(lifecycle.statuses[0]).toMatchObject({ retiring: 0, ended: { ...none, stopped: 1 } });
    await lifecycle.stop();
    expect(lifecycle.statuses[0]).toMatchObject({ ended: { ...none, stopped: 2 } });
  });

  it('counts the instances of one with an instance per consumer, and leaves out what was not created', () => {
    const stage = new Stage();
    const { lifecycle, registry } = stage.scope(
      plansOf({ each: { class: Each }, unused: { class: Passive, used: false } }),
    );
    expect(lifecycle.statuses).toEqual([]);
    for (const id of ['in', 'out']) {
      const consumer = { kind: 'exporter', id, namespace: `g/p/exporter/${id}` };
      new Capabilities(consumer, new Map([[BearerTokenProvider, 'each']]), registry);
    }
    expect(lifecycle.statuses).toMatchObject([{ name: 'each', state: 'passive', instances: 2 }]);
  });

  it('is told apart from that of the same name in another scope', async () => {
    const stage = new Stage();
    const scopes = ['p', 'q'].map((pipeline) => stage.scope(plansOf({ a: {} }, { group: 'g', pipeline })));
    for (const { lifecycle } of scopes) await lifecycle.start();
    await scopes[0]?.lifecycle.stop();
    expect(scopes.map(({ lifecycle }) => lifecycle.statuses[0])).toMatchObject([
      { scope: { group: 'g', pipeline: 'p' }, state: 'stopped', ended: { ...none, stopped: 1 } },
      { scope: { group: 'g', pipeline: 'q' }, state: 'serving', ended: none },
    ]);
    await scopes[1]?.lifecycle.stop();
  });
});
