import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Declared, plansOf, rejection, Stage } from '../fixtures/timed-extensions.js';

interface Node {
  /** Positions of those that it uses, all behind it, so that there is no circle. */
  readonly uses: readonly number[];
  readonly readyMs: number;
  readonly stopMs: number;
}

/** Short enough for the share of the grace time that the longest chain leaves. */
const time = fc.integer({ min: 0, max: 100 });

const graphs = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    nodes: fc.tuple(
      ...Array.from({ length: size }, (_, position) =>
        fc.record({
          uses: fc.subarray(Array.from({ length: size - position - 1 }, (_, next) => position + next + 1)),
          readyMs: time,
          stopMs: time,
        }),
      ),
    ),
    order: fc.shuffledSubarray(
      Array.from({ length: size }, (_, position) => position),
      { minLength: size },
    ),
  }),
);

const nameOf = (position: number): string => `n${position}`;

function declared(nodes: readonly Node[], order: readonly number[], fails?: number) {
  const entries = order.map((position): [string, Declared] => {
    const { uses = [], readyMs = 0, stopMs = 0 } = nodes[position] ?? {};
    const ready = position === fails ? { ready_ms: -1, fails_ms: 0 } : { ready_ms: readyMs };
    return [nameOf(position), { config: { asks: uses.map(nameOf), stop_ms: stopMs, ...ready } }];
  });
  return plansOf(Object.fromEntries(entries));
}

/** The longest sum of times along a path that begins at a node. */
function longest(nodes: readonly Node[], timeOf: (node: Node) => number): number {
  const from = (position: number): number => {
    const node = nodes[position];
    return node === undefined ? 0 : timeOf(node) + Math.max(0, ...node.uses.map(from));
  };
  return Math.max(...nodes.map((_, position) => from(position)));
}

describe('whatever uses whatever', () => {
  it('starts each after what it uses, stops it before, and takes the time of the longest path for either', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async ({ nodes, order }) => {
        const stage = new Stage();
        const { lifecycle } = stage.scope(declared(nodes, order));
        const at = (what: string): number => stage.journal.events.indexOf(what);

        const start = longest(nodes, ({ readyMs }) => readyMs);
        const started = lifecycle.start();
        await stage.clock.advance(start);
        await started;
        const stopped = lifecycle.stop();
        await stage.clock.advance(longest(nodes, ({ stopMs }) => stopMs));
        expect(await stopped).toEqual([]);

        for (const [position, { uses }] of nodes.entries()) {
          expect(
            stage.journal.events.filter((event) => event === `${nameOf(position)} stopped`),
          ).toHaveLength(1);
          for (const used of uses) {
            expect(at(`${nameOf(used)} ready`)).toBeLessThan(at(`${nameOf(position)} starts`));
            expect(at(`${nameOf(position)} stopped`)).toBeLessThan(at(`${nameOf(used)} told`));
          }
        }
        const lastReady = Math.max(
          ...nodes.map((_, position) => stage.journal.when(`${nameOf(position)} ready`) ?? -1),
        );
        expect(lastReady).toBe(start);
        expect(stage.clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves nothing running when one fails, and starts nothing that uses it', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(), async ({ nodes, order }, choice) => {
        const stage = new Stage();
        const fails = choice % nodes.length;
        const { lifecycle } = stage.scope(declared(nodes, order, fails));
        const failed = rejection(lifecycle.start());
        await stage.clock.advance(10_000);
        expect((await failed).message).toContain(
          `extension '${nameOf(fails)}' (urn:test:extension:active) of pipeline 'g/p' failed`,
        );
        const users = nodes.flatMap(({ uses }, position) => (uses.includes(fails) ? [position] : []));
        for (const user of users) expect(stage.journal.events).not.toContain(`${nameOf(user)} starts`);
        const states = new Set(lifecycle.statuses.map(({ state }) => state));
        for (const state of ['starting', 'serving', 'stopping'] as const)
          expect(states.has(state)).toBe(false);
        expect(stage.clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
