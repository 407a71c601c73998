import { describe, expect, it } from '@jest/globals';
import {
  config,
  Extension,
  inject,
  type KeyValueEntry,
  type KeyValueOperation,
  KeyValueStore,
  serviceToken,
  z,
} from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import { HandleTarget } from '../../src/extension/handle-target.js';
import type { ExtensionPlan } from '../../src/extension/plan.js';
import { RETIREMENT_MS, STUCK_CALLS_MS } from '../../src/extension/replacements.js';
import { descriptorOf } from '../fixtures/extensions.js';
import { bytes } from '../fixtures/key-value-room.js';
import { Stage } from '../fixtures/timed-extensions.js';

/** What instances are asked for, in the order in which they are, and how the test answers. */
class Ledger {
  readonly asked: string[] = [];
  readonly #open = new Map<string, PromiseWithResolvers<void>>();

  ask(what: string): Promise<void> {
    this.asked.push(what);
    const answer = Promise.withResolvers<void>();
    this.#open.set(what, answer);
    return answer.promise;
  }

  end(what: string): void {
    this.#open.get(what)?.resolve();
  }

  fail(what: string): void {
    this.#open.get(what)?.reject(new Error(`${what} failed`));
  }
}

const SharedLedger = serviceToken<Ledger>('ledger');
const LedgerConfig = z.strictObject({ name: z.string() });

/** Answers a write when the test says so, and a read at once. */
@Extension({
  urn: 'urn:test:extension:ledger',
  description: 'Writes down what it is asked for.',
  traits: [KeyValueStore],
  execution: 'shared',
  config: LedgerConfig,
})
class LedgerStore implements KeyValueStore {
  constructor(
    @config() readonly settings: z.output<typeof LedgerConfig>,
    @inject(SharedLedger) readonly ledger: Ledger,
  ) {}

  async get(): Promise<undefined> {
    this.ledger.asked.push(`${this.settings.name} reads`);
  }

  async getMany(): Promise<readonly undefined[]> {
    return [];
  }

  set(key: string): Promise<void> {
    return this.#ask(key);
  }

  delete(key: string): Promise<void> {
    return this.#ask(key);
  }

  batch(operations: readonly KeyValueOperation[]): Promise<void> {
    const [first] = operations;
    return this.#ask(first !== undefined && 'set' in first ? first.set : '');
  }

  async *entries(): AsyncGenerator<KeyValueEntry> {}

  #ask(key: string): Promise<void> {
    return this.ledger.ask(`${this.settings.name} ${key.slice(key.indexOf(':') + 1)}`);
  }
}

function planOf(name: string, more: Partial<ExtensionPlan> = {}): ExtensionPlan {
  return {
    name: 'disk',
    scope: { group: 'g', pipeline: 'p' },
    descriptor: descriptorOf(LedgerStore),
    componentClass: LedgerStore,
    config: { name },
    written: { name },
    capabilities: new Map(),
    declaredReadinessMs: undefined,
    used: true,
    ...more,
  };
}

async function serving() {
  const stage = new Stage();
  const ledger = new Ledger();
  stage.container.bind(SharedLedger.id).toConstantValue(ledger);
  const { lifecycle, registry } = stage.scope([planOf('old')]);
  const roomOf = (id: string): KeyValueStore => {
    const consumer = { kind: 'processor', id, namespace: `g/p/processor/${id}` };
    return new Capabilities(consumer, new Map([[KeyValueStore, 'disk']]), registry).getExtension(
      KeyValueStore,
    );
  };
  const store = roomOf('keeper');
  await lifecycle.start();
  return {
    stage,
    ledger,
    store,
    roomOf,
    write: (key: string): Promise<void> => store.set(key, bytes('')),
    replaceBy: (name: string): Promise<void> => lifecycle.replace(planOf(name)),
    lifecycle,
  };
}

/** Lets everything happen that waits for nothing but its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const GIVEN_UP =
  "extension 'disk' of pipeline 'g/p' was replaced; a call has not ended at the old instance, and none ended for 30 s; " +
  'later ones do not wait any more, and may be carried out before';

describe('calls of an instance that was replaced, when their trait keeps their order,', () => {
  it('are waited for by those that come later, which are then made in their order', async () => {
    const { ledger, store, write, replaceBy } = await serving();
    const calls = [write('a'), write('b')];
    await replaceBy('new');
    calls.push(write('c'), store.delete('d'), store.batch([{ set: 'e', value: bytes('') }]));
    await turn();
    expect(ledger.asked).toEqual(['old a', 'old b']);
    ledger.end('old b');
    await turn();
    expect(ledger.asked).toHaveLength(2);
    ledger.end('old a');
    await turn();
    expect(ledger.asked).toEqual(['old a', 'old b', 'new c', 'new d', 'new e']);
    for (const key of ['c', 'd', 'e']) ledger.end(`new ${key}`);
    await Promise.all(calls);
  });

  it('are waited for also when they fail', async () => {
    const { ledger, write, replaceBy } = await serving();
    const failed = write('a');
    await replaceBy('new');
    const later = write('b');
    ledger.fail('old a');
    await expect(failed).rejects.toThrow('old a failed');
    await turn();
    ledger.end('new b');
    await later;
    expect(ledger.asked).toEqual(['old a', 'new b']);
  });

  it('are waited for by those of every consumer', async () => {
    const { ledger, write, roomOf, replaceBy } = await serving();
    void write('a');
    await replaceBy('new');
    void roomOf('another').set('b', bytes(''));
    await turn();
    expect(ledger.asked).toEqual(['old a']);
    ledger.end('old a');
    await turn();
    expect(ledger.asked).toEqual(['old a', 'new b']);
  });

  it('hold up nothing when all have ended before', async () => {
    const { ledger, write, replaceBy } = await serving();
    const first = write('a');
    ledger.end('old a');
    await first;
    await replaceBy('new');
    void write('b');
    expect(ledger.asked).toEqual(['old a', 'new b']);
  });

  it('hold up no reads: those see what was acknowledged', async () => {
    const { ledger, store, write, replaceBy } = await serving();
    void write('a');
    await replaceBy('new');
    await store.get('a');
    expect(ledger.asked).toEqual(['old a', 'new reads']);
  });

  it('are waited for across a second replacement; what waited goes to the instance that serves then', async () => {
    const { ledger, write, replaceBy } = await serving();
    void write('a');
    await replaceBy('second');
    void write('b');
    await replaceBy('third');
    void write('c');
    await turn();
    expect(ledger.asked).toEqual(['old a']);
    ledger.end('old a');
    await turn();
    expect(ledger.asked).toEqual(['old a', 'third b', 'third c']);
  });

  it('are not waited for any more when none of them has ended for 30 s, which the log says', async () => {
    const { stage, ledger, write, replaceBy } = await serving();
    void write('hangs');
    const slow = write('slow');
    await replaceBy('new');
    void write('later');
    await stage.clock.advance(STUCK_CALLS_MS - 1);
    ledger.end('old slow');
    await slow;
    await stage.clock.advance(1);
    expect(ledger.asked).toEqual(['old hangs', 'old slow']);
    expect(stage.logger.lines).toEqual([]);
    await stage.clock.advance(STUCK_CALLS_MS);
    expect(ledger.asked).toEqual(['old hangs', 'old slow', 'new later']);
    expect(stage.logger.lines.map(({ level, message }) => [level, message])).toEqual([['warn', GIVEN_UP]]);
  });

  it('are not waited for by another replacement once they were given up', async () => {
    const { stage, ledger, write, replaceBy } = await serving();
    void write('hangs');
    await replaceBy('second');
    await stage.clock.advance(2 * STUCK_CALLS_MS);
    const ended = write('b');
    ledger.end('second b');
    await ended;
    await replaceBy('third');
    void write('c');
    expect(ledger.asked).toEqual(['old hangs', 'second b', 'third c']);
  });

  it('hold up nothing where a stand-in leads to an instance in another thread, which keeps the order itself', async () => {
    const { stage, ledger, write, lifecycle } = await serving();
    void write('a');
    const elsewhere = { set: () => ledger.ask('elsewhere') };
    await lifecycle.replace(planOf('new', { standIn: () => elsewhere }));
    void write('b');
    await turn();
    expect(ledger.asked).toEqual(['old a', 'elsewhere']);
    await stage.clock.advance(2 * STUCK_CALLS_MS);
    expect(stage.logger.lines).toEqual([]);
  });

  it('are handed on as a promise that nobody else looks at, so that a failure which nobody catches is noticed', async () => {
    const given = Promise.resolve('answer');
    const handedOn = new HandleTarget({}).inOrder(() => given);
    expect(handedOn).not.toBe(given);
    expect(await handedOn).toBe('answer');
  });

  it('leave no timer behind when they end', async () => {
    const { stage, ledger, write, replaceBy } = await serving();
    void write('a');
    await replaceBy('new');
    ledger.end('old a');
    await turn();
    await stage.clock.advance(RETIREMENT_MS + 2 * STUCK_CALLS_MS);
    expect(stage.logger.lines).toEqual([]);
  });
});
