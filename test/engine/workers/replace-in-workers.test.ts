import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BearerTokenProvider } from '../../../src/authoring.js';
import { ControlLink } from '../../../src/engine/workers/control-link.js';
import type { EngineQuestions, WorkerQuestions } from '../../../src/engine/workers/questions.js';
import { replaceInWorkers } from '../../../src/engine/workers/replace-in-workers.js';
import { WorkerReplacements } from '../../../src/engine/workers/worker-replacements.js';
import { WorkerGone } from '../../../src/engine/workers/worker-thread.js';
import { Capabilities } from '../../../src/extension/capabilities.js';
import type { ExtensionScope } from '../../../src/extension/extension-scope.js';
import { STOP_GRACE_MS } from '../../../src/extension/lifecycle-services.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { type Declared, planned, plansOf, rejection, Stage } from '../../fixtures/timed-extensions.js';

/** What a worker has of an extension `x`, with a clock of its own, at the far end of a line like that of a thread. */
class Thread {
  readonly link: ControlLink<WorkerQuestions>;
  readonly stage = new Stage();
  /** Happens when it has been decided, before the worker acts on it. */
  onDecision: () => unknown = () => {};
  decided = false;
  /** Whether it answers. */
  readonly pulse = Promise.withResolvers<void>();
  readonly #scope: ExtensionScope;
  readonly #far: ControlLink<EngineQuestions>;
  readonly #provider: BearerTokenProvider;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const broken = (error: Error): void => void this.stage.failures.push(error);
    this.link = new ControlLink<WorkerQuestions>(port1, {}, broken);
    this.#scope = this.stage.scope(plansOf({ x: { config: { token: 'old' } } }));
    const replacements = new WorkerReplacements(() => this.#scope);
    const answers: Pick<WorkerQuestions, 'pulse' | 'replace' | 'confirm' | 'decide'> = {
      pulse: () => this.pulse.promise,
      replace: (next) => replacements.prepare(next),
      confirm: (extension) => replacements.confirm(extension),
      decide: async (decision) => {
        await this.onDecision();
        this.decided = true;
        return await replacements.decide(decision);
      },
    };
    this.#far = new ControlLink<EngineQuestions>(port2, answers, broken);
    const consumer = { kind: 'exporter', id: 'out', namespace: 'g/p/exporter/out' };
    const bound = new Map([[BearerTokenProvider, 'x']]);
    this.#provider = new Capabilities(consumer, bound, this.#scope.registry).getExtension(
      BearerTokenProvider,
    );
  }

  async start(): Promise<void> {
    this.pulse.resolve();
    await this.#scope.lifecycle.start();
  }

  /** Ends as a thread does that dies. */
  die(): void {
    this.link.close(new WorkerGone(0, 'it ended with code 9'));
  }

  get status(): object | undefined {
    return this.#scope.lifecycle.statuses[0];
  }

  /** Whether the new instance has begun. */
  get begins(): boolean {
    return this.stage.journal.built.length > 1;
  }

  /** Which instance serves. */
  async serving(): Promise<string> {
    return (await this.#provider.getToken()).secret.reveal().split('#')[0] ?? '';
  }

  async stop(): Promise<void> {
    const stopped = this.#scope.lifecycle.stop();
    await this.stage.clock.advance(STOP_GRACE_MS);
    await stopped;
    this.link.close(new Error('over'));
    this.#far.close(new Error('over'));
  }
}

/** Two workers, and the thread of their engine, which has no instance of its own. */
class Stand {
  readonly first = new Thread();
  readonly second = new Thread();
  readonly #own = new Stage().scope(plansOf({ x: { used: false } }));

  get threads(): readonly Thread[] {
    return [this.first, this.second];
  }

  /** Begins to replace `x`. */
  replacing(config: Declared['config'], threads: readonly Thread[] = this.threads): Promise<boolean> {
    const plan = planned('x', { used: false, config: { token: 'new', ...config } });
    const over = replaceInWorkers(this.#own, plan, threads);
    over.catch(() => {});
    return over;
  }

  /** Resolves when all have built their new instance. */
  begun(): Promise<void> {
    return eventually(() => this.threads.every(({ begins }) => begins));
  }

  serving(): Promise<string[]> {
    return Promise.all(this.threads.map((thread) => thread.serving()));
  }

  get planned(): unknown {
    return this.#own.registry.own('x')?.plan.written;
  }
}

describe('replacing a local extension in workers', () => {
  let stand: Stand;
  const start = async (): Promise<Stand> => {
    stand = new Stand();
    await Promise.all(stand.threads.map((thread) => thread.start()));
    return stand;
  };
  afterEach(async () => {
    await Promise.all(stand.threads.map((thread) => thread.stop()));
  });

  it('moves all over when the last one is ready', async () => {
    const { first, second } = await start();
    const over = stand.replacing({ ready_ms: 1_000 });
    await stand.begun();
    await first.stage.clock.advance(1_000);
    expect(await stand.serving()).toEqual(['old', 'old']);
    await second.stage.clock.advance(1_000);
    expect(await over).toBe(true);
    expect(await stand.serving()).toEqual(['new', 'new']);
    expect(stand.planned).toEqual({ token: 'new', ready_ms: 1_000 });
  });

  it('moves none over when one fails after it was ready, while another is not', async () => {
    const { first, second } = await start();
    const over = stand.replacing({ ready_ms: 1_000, fails_ms: 50 });
    await stand.begun();
    await first.stage.clock.advance(1_050);
    await second.stage.clock.advance(1_000);
    // Its own new instance can serve, and is told to stop.
    await eventually(() => second.decided);
    await second.stage.clock.advance(STOP_GRACE_MS);
    const error = await rejection(over);
    expect(error).toMatchObject({ kind: 'StartFailed' });
    expect(error.message).toMatch(
      /the lease was lost; extension 'x' .* was not replaced and serves as before$/,
    );
    expect(await stand.serving()).toEqual(['old', 'old']);
    expect(stand.planned).toEqual({});
    // Nobody is told but who asked for it.
    expect([...first.stage.failures, ...second.stage.failures]).toEqual([]);
  });

  it('moves all over when one fails after it was decided, which then counts as one that fails while it serves', async () => {
    const { first, second } = await start();
    const over = stand.replacing({ ready_ms: 1_000, fails_ms: 50 });
    await stand.begun();
    first.onDecision = () => first.stage.clock.advance(50);
    await first.stage.clock.advance(1_000);
    await second.stage.clock.advance(1_000);
    expect(await over).toBe(true);
    expect(await stand.serving()).toEqual(['new', 'new']);
    expect(first.status).toMatchObject({ state: 'failed', replacements: 1 });
    expect(first.stage.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('the lease was lost'),
    ]);
    expect(second.status).toMatchObject({ state: 'serving', replacements: 1 });
    expect(second.stage.failures).toEqual([]);
  });

  it('moves none over when a thread dies while its new instance becomes ready', async () => {
    const { first, second } = await start();
    const over = stand.replacing({ ready_ms: 1_000 });
    await stand.begun();
    await second.stage.clock.advance(1_000);
    first.die();
    const error = await rejection(over);
    expect(error).toMatchObject({ kind: 'StartFailed', extension: 'x' });
    expect(error.message).toBe(
      "worker 0 is gone: it ended with code 9; that was while the new instance of extension 'x' of pipeline 'g/p' " +
        'became ready, which was not replaced and serves as before',
    );
    expect(await second.serving()).toBe('old');
    expect(stand.planned).toEqual({});
  });

  it('goes on without a thread that was dead before, also when that is known only later', async () => {
    const { first, second } = await start();
    const dying = new Thread();
    first.die();
    const over = stand.replacing({}, [first, second, dying]);
    dying.die();
    expect(await over).toBe(true);
    expect(await second.serving()).toBe('new');
    await dying.stop();
  });

  it('is done when a thread dies after it was decided: the one that follows is built from what was decided', async () => {
    const { first, second } = await start();
    const over = stand.replacing({});
    first.onDecision = () => first.die();
    expect(await over).toBe(true);
    expect(await second.serving()).toBe('new');
    expect(stand.planned).toEqual({ token: 'new' });
  });
});
