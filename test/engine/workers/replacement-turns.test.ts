import { describe, expect, it } from '@jest/globals';
import { ReplacementTurns } from '../../../src/engine/workers/replacement-turns.js';

const tickets = { scope: { group: 'default' }, name: 'tickets' };
const login = { scope: { group: 'default' }, name: 'login' };

/** What takes turns writes here; each replacement goes on until it is told to end. */
function stage() {
  const turns = new ReplacementTurns();
  const events: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const replace = (extension: typeof tickets, which: string): Promise<string> =>
    turns.take(extension, () => {
      events.push(`${which} begins`);
      const end = Promise.withResolvers<string>();
      ends.set(which, end);
      return end.promise.finally(() => events.push(`${which} is over`));
    });
  return { turns, events, replace, end: (which: string) => ends.get(which) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the turns of replacements', () => {
  it('come one after another for one extension, also when one fails', async () => {
    const { events, replace, end } = stage();
    const replaced = Promise.allSettled([
      replace(tickets, 'first'),
      replace(tickets, 'second'),
      replace(tickets, 'third'),
    ]);
    await settled();
    expect(events).toEqual(['first begins']);
    end('first')?.reject(new Error('not today'));
    await settled();
    end('second')?.resolve('two');
    await settled();
    end('third')?.resolve('three');
    expect(await replaced).toMatchObject([{ status: 'rejected' }, { value: 'two' }, { value: 'three' }]);
    expect(events).toEqual([
      'first begins',
      'first is over',
      'second begins',
      'second is over',
      'third begins',
      'third is over',
    ]);
  });

  it('come side by side for different extensions', async () => {
    const { events, replace, end } = stage();
    const replaced = Promise.all([replace(tickets, 'tickets'), replace(login, 'login')]);
    await settled();
    expect(events).toEqual(['tickets begins', 'login begins']);
    end('tickets')?.resolve('done');
    end('login')?.resolve('done');
    await replaced;
  });

  it('leave a step between them in which a worker may begin to serve, and say whether one has changed something', async () => {
    const { turns, events, replace, end } = stage();
    const [first, second] = [replace(tickets, 'first'), replace(tickets, 'second')];
    const serve = (): Promise<number> =>
      turns.between((revision) => {
        events.push(`serves ${revision}`);
        return revision;
      });
    await settled();
    const serving = serve();
    await settled();
    expect(events).toEqual(['first begins']);
    end('first')?.resolve('one');
    await settled();
    end('second')?.resolve('two');
    await Promise.all([first, second, serving]);
    const at = events.findIndex((event) => event.startsWith('serves'));
    // Before the second one or after it, and never while it is under way.
    expect([undefined, 'first is over', 'second is over']).toContain(events[at - 1]);
    expect(await serve()).toBe(2);
  });

  it('do not begin while a worker that has waited long is being started', async () => {
    const { turns, events, replace, end } = stage();
    const started = Promise.withResolvers<void>();
    turns.hold(started.promise);
    const replaced = replace(tickets, 'first');
    await settled();
    expect(events).toEqual([]);
    // The worker that holds them need not wait for them.
    expect(await turns.between((revision) => revision)).toBe(0);
    started.resolve();
    await settled();
    end('first')?.resolve('done');
    await replaced;
  });
});
