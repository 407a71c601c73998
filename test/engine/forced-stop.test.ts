import { describe, expect, it } from '@jest/globals';
import { Engine } from '../../src/distribution.js';
import { rejection, Stage, stageOptions } from '../fixtures/timed-extensions.js';

const active = (config: object): object => ({ auth: { type: 'urn:test:extension:active', config } });

const pipelineWith = (name: string, extensions: object): object => ({
  extensions,
  nodes: {
    in: { type: 'urn:test:receiver:asking', config: { name: `${name} in` } },
    out: {
      type: 'urn:test:exporter:asking',
      config: { name },
      capabilities: { bearer_token_provider: 'auth' },
    },
  },
  connections: [{ from: 'in', to: 'out' }],
});

/** One extension in each scope, each bound by a pipeline. */
const everywhere = (config: object): object => ({
  version: 'otel_dataflow/v1',
  engine: { extensions: active(config) },
  groups: {
    edge: {
      extensions: active(config),
      pipelines: { own: pipelineWith('own', active(config)), near: pipelineWith('near', {}) },
    },
    far: { pipelines: { far: pipelineWith('far', {}) } },
  },
});

const scopes = ["pipeline 'edge/own'", "group 'edge'", 'the engine'];

const abandoned = scopes.map(
  (scope) =>
    `extension 'auth' (urn:test:extension:active) of ${scope} had not stopped when the end was forced, and was abandoned`,
);

async function engineOn(stage: Stage, config: object): Promise<Engine> {
  return await Engine.fromConfig(everywhere(config), stageOptions(stage));
}

describe('a stop that is forced', () => {
  it('waits for no extension of any scope', async () => {
    const stage = new Stage();
    const engine = await engineOn(stage, { stop_ms: -1 });
    await engine.start();
    const force = new AbortController();
    const stopped = engine.stop({ force: force.signal });
    await stage.clock.advance(700);
    force.abort();
    await stopped;
    expect(stage.clock.now()).toBe(700);
    expect(engine.errors.map(({ message }) => message)).toEqual(abandoned);
    expect(stage.clock.pending).toBe(0);
  });

  it('waits for none that is starting either', async () => {
    const stage = new Stage();
    const engine = await engineOn(stage, { ready_ms: -1, stop_ms: -1 });
    const failed = rejection(engine.start());
    await stage.clock.advance(100);
    const force = new AbortController();
    const stopped = engine.stop({ force: force.signal });
    await stage.clock.advance(700);
    force.abort();
    await stopped;
    await failed;
    expect(stage.clock.now()).toBe(800);
    expect(engine.errors.map(({ message }) => message)).toEqual(abandoned.slice(2));
  });

  it('may be forced by a later call, and listens no longer when it is over', async () => {
    const stage = new Stage();
    const engine = await engineOn(stage, { stop_ms: -1 });
    await engine.start();
    const stopped = engine.stop();
    expect(engine.stop({ force: AbortSignal.abort() })).toBe(stopped);
    await stopped;
    expect(stage.clock.now()).toBe(0);
  });
});

describe('the errors of an engine', () => {
  it('are none when all went well, and when a start was cut short by a stop', async () => {
    for (const ready_ms of [0, -1]) {
      const engine = await engineOn(new Stage(), { ready_ms });
      const started = engine.start().catch(() => {});
      if (ready_ms === 0) await started;
      await engine.stop();
      await started;
      expect(engine.errors).toEqual([]);
    }
  });

  it('are those of every scope that did not stop, in order', async () => {
    const stage = new Stage();
    const engine = await engineOn(stage, { stop_ms: -1 });
    await engine.start();
    const stopped = engine.stop();
    await stage.clock.advance(15_000);
    await stopped;
    expect(engine.errors.map(({ message }) => message)).toEqual(
      scopes.map(
        (scope) =>
          `extension 'auth' (urn:test:extension:active) of ${scope} did not stop within 5 s and was abandoned`,
      ),
    );
    const logged = stage.logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(logged).toEqual(engine.errors.map(({ message }) => message));
  });

  it('are what failed while it served: the first is what `failed` tells, later ones are logged', async () => {
    const stage = new Stage();
    const engine = await engineOn(stage, { fails_ms: 1_000 });
    await engine.start();
    await stage.clock.advance(1_000);
    const first = await engine.failed;
    expect(engine.errors).toHaveLength(3);
    expect(engine.errors).toContain(first);
    await engine.stop();
    expect(engine.errors).toHaveLength(3);
    const logged = stage.logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    const others = engine.errors.filter((error) => error !== first).map(({ message }) => message);
    expect([...new Set(logged)].sort()).toEqual([...others].sort());
    expect(logged).toHaveLength(2);
  });

  it('are what failed to start, each for itself', async () => {
    const stage = new Stage();
    const config = {
      version: 'otel_dataflow/v1',
      groups: {
        edge: {
          pipelines: {
            main: pipelineWith('main', {
              ...active({ fails_ms: 0 }),
              other: { type: 'urn:test:extension:background', config: { fails_ms: 0 } },
            }),
          },
        },
      },
    };
    const engine = await Engine.fromConfig(config, stageOptions(stage));
    const error = await rejection(engine.start());
    expect(error).toBeInstanceOf(AggregateError);
    expect(engine.errors).toEqual((error as AggregateError).errors);
    expect(engine.errors).toHaveLength(2);
  });
});
