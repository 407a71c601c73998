import { describe, expect, it } from '@jest/globals';
import { Engine } from '../../src/distribution.js';
import { planEngine } from '../../src/engine/plan.js';
import {
  type Declared,
  Each,
  Passive,
  plansOf,
  Stage,
  stageOptions,
  thrown,
  timedComponents,
} from '../fixtures/timed-extensions.js';

/** Many more than the call stack can hold, with the container's own frames for each. */
const LENGTH = 5_000;

const name = (index: number): string => `x${index}`;

/** `x0` uses `x1`, which uses `x2`, and so on. */
const chain = (length: number, declared: (next: string) => Declared): Record<string, Declared> =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [name(index), index + 1 < length ? declared(name(index + 1)) : {}]),
  );

const configOf = (first: string, extensions: object): object => ({
  version: 'otel_dataflow/v1',
  groups: {
    edge: {
      pipelines: {
        main: {
          extensions,
          nodes: {
            in: { type: 'urn:test:receiver:asking', config: { name: 'in' } },
            out: {
              type: 'urn:test:exporter:asking',
              config: { name: 'out' },
              capabilities: { bearer_token_provider: first },
            },
          },
          connections: [{ from: 'in', to: 'out' }],
        },
      },
    },
  },
});

const bound = (type: string, last: object = {}): object =>
  Object.fromEntries(
    Array.from({ length: LENGTH }, (_, index) => [
      name(index),
      {
        type: `urn:test:extension:${type}`,
        capabilities: index + 1 < LENGTH ? { bearer_token_provider: name(index + 1) } : last,
      },
    ]),
  );

describe(`a chain of ${LENGTH} extensions that bind each other`, () => {
  it('is created, started, replaced and stopped, each before or after those that it uses', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(configOf('x0', bound('active')), stageOptions(stage));
    await engine.start();
    const { events } = stage.journal;
    expect(events[0]).toBe(`${name(LENGTH - 1)} starts`);
    expect(events.slice(-2)).toEqual(['x0 ready', 'in takes data']);
    await engine.replaceExtension({ group: 'edge', pipeline: 'main' }, 'x7', { token: 'next' });
    await engine.stop();
    const stopped = stage.journal.events.filter((event) => event.endsWith(' stopped'));
    expect(stopped[0]).toBe('x0 stopped');
    expect(stopped.at(-1)).toBe(`${name(LENGTH - 1)} stopped`);
    expect(engine.errors).toEqual([]);
  }, 60_000);

  it('that ends in itself is one circle, told once', async () => {
    const { diagnostics } = await planEngine({
      sources: [{ value: configOf('x0', bound('passive', { bearer_token_provider: 'x0' })) }],
      env: {},
      components: [{ origin: 'the test', exports: timedComponents }],
      plugins: [],
      directory: '.',
    });
    expect(diagnostics.sorted().map(({ code }) => code)).toEqual(['dependency_cycle']);
  }, 60_000);

  it('says once why the last one could not be created', () => {
    const declared = chain(LENGTH, (next) => ({ class: Passive, uses: [next] }));
    declared[name(LENGTH - 1)] = { class: Passive, config: { breaks: 'no address' } };
    expect(thrown(() => new Stage().scope(plansOf(declared))).message).toBe(
      `extension '${name(LENGTH - 1)}' (urn:test:extension:passive) of pipeline 'g/p' could not be created: no address`,
    );
  });
});

describe('a chain of extensions that must be created at once', () => {
  const tooLong = (type: string): string =>
    `extension 'x100' (urn:test:extension:${type}) of pipeline 'g/p' could not be created: it stands at the end of a chain ` +
    'of more than 100 extensions that have to be created for each other at once; bind them under capabilities: in place of ' +
    'asking by name in constructors, and give no instance to each consumer';

  it('may be 100 long', () => {
    const scope = new Stage().scope(plansOf(chain(100, (next) => ({ config: { asks: [next] } }))));
    expect(scope.registry.created).toHaveLength(100);
  });

  it('is refused when it is longer, in one line: constructors that ask by name', () => {
    const declared = chain(LENGTH, (next) => ({ config: { asks: [next] }, used: false }));
    declared['x0'] = { config: { asks: ['x1'] } };
    expect(thrown(() => new Stage().scope(plansOf(declared))).message).toBe(tooLong('active'));
  });

  it('is refused when it is longer, in one line: instances for each consumer', () => {
    const declared = chain(LENGTH, (next) => ({ class: Each, uses: [next] }));
    declared['x0'] = { uses: ['x1'] };
    expect(thrown(() => new Stage().scope(plansOf(declared))).message).toBe(tooLong('each'));
  });
});
