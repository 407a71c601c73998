import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import {
  config,
  EffectHandler,
  Exporter,
  type ExporterNode,
  Extension,
  inject,
  type Pdata,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
  serviceToken,
  z,
} from '../../src/authoring.js';
import { ConfigError } from '../../src/config/config-error.js';
import { Engine } from '../../src/distribution.js';
import type { EngineOptions } from '../../src/engine/options.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { payload, settle } from '../fixtures/nodes.js';

const Named = z.strictObject({ name: z.string() });
type Named = z.infer<typeof Named>;

/** What the nodes below share with the test that runs them. */
class Journal {
  readonly lines: string[] = [];
  effect: EffectHandler | undefined;
  export: (pdata: Pdata) => Promise<void> = async () => {};
}

const SharedJournal = serviceToken<Journal>('test-journal');

@Receiver({ urn: 'urn:test:receiver:noted', description: 'Writes down its life.', config: Named })
class NotedReceiver implements ReceiverNode {
  constructor(
    @config() private readonly settings: Named,
    @inject(SharedJournal) private readonly journal: Journal,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {}

  async start(ctx: ReceiverContext): Promise<void> {
    this.journal.lines.push(`${this.settings.name} starts`);
    this.journal.effect = this.effect;
    await new Promise((resolve) => setImmediate(resolve));
    ctx.ready();
    this.journal.lines.push(`${this.settings.name} takes data`);
    await ctx.stopping();
    this.journal.lines.push(`${this.settings.name} stops`);
  }
}

@Exporter({
  urn: 'urn:test:exporter:noted',
  description: 'Hands data to the test.',
  config: z.strictObject({}),
})
class NotedExporter implements ExporterNode {
  constructor(@inject(SharedJournal) private readonly journal: Journal) {}

  export(pdata: Pdata): Promise<void> {
    return this.journal.export(pdata);
  }
}

@Extension({
  urn: 'urn:test:extension:noted',
  description: 'Writes down its life.',
  execution: 'local',
  config: Named,
})
class NotedExtension {
  constructor(
    @config() private readonly settings: Named,
    @inject(SharedJournal) private readonly journal: Journal,
  ) {}

  async start(ctx: { stopping(): Promise<void> }): Promise<void> {
    this.journal.lines.push(`${this.settings.name} starts`);
    await ctx.stopping();
    this.journal.lines.push(`${this.settings.name} stops`);
  }
}

function fixture(): { journal: Journal; logger: CapturedLogger; clock: FakeClock; options: EngineOptions } {
  const journal = new Journal();
  const container = new Container();
  container.bind(SharedJournal.id).toConstantValue(journal);
  const [logger, clock] = [new CapturedLogger(), new FakeClock()];
  const components = [NotedReceiver, NotedExporter, NotedExtension];
  return { journal, logger, clock, options: { container, logger, clock, components } };
}

const pipeline = (name: string) => ({
  extensions: { ext: { type: 'urn:test:extension:noted', config: { name: `${name} extension` } } },
  nodes: {
    in: { type: 'urn:test:receiver:noted', config: { name: `${name} receiver` } },
    out: { type: 'urn:test:exporter:noted' },
  },
  connections: [{ from: 'in', to: 'out' }],
});

const configOf = (...names: string[]) => ({
  version: 'otel_dataflow/v1',
  groups: { default: { pipelines: Object.fromEntries(names.map((name) => [name, pipeline(name)])) } },
});

describe('an engine', () => {
  it('starts all extensions, then the data paths in the order of declaration, and stops in reverse', async () => {
    const { journal, options } = fixture();
    const engine = await Engine.fromConfig(configOf('a', 'b'), options);
    expect(journal.lines).toEqual([]);
    await engine.start();
    await engine.stop();
    expect(journal.lines).toEqual([
      'a extension starts',
      'b extension starts',
      'a receiver starts',
      'a receiver takes data',
      'b receiver starts',
      'b receiver takes data',
      'b receiver stops',
      'b extension stops',
      'a receiver stops',
      'a extension stops',
    ]);
  });

  it('injects what the application bound in its container, and writes nothing into it', async () => {
    const { options, journal } = fixture();
    const container = options.container as Container;
    const engine = await Engine.fromConfig(configOf('a'), options);
    await engine.start();
    await journal.effect?.deliver(payload(2));
    expect(await engine.stop()).toEqual([
      { group: 'default', pipeline: 'a', received: 2, exported: 2, failed: 0, dropped: 0 },
    ]);
    expect(container.isBound(NotedReceiver)).toBe(false);
    expect(container.isBound(EffectHandler.id)).toBe(false);
  });

  it('moves on to the next pipeline when one does not drain, and gives both the whole deadline', async () => {
    const { options, journal, clock } = fixture();
    journal.export = () => new Promise(() => {});
    const engine = await Engine.fromConfig(configOf('a', 'b'), options);
    await engine.start();
    await journal.effect?.send(payload(3));
    await settle();
    const stopped = engine.stop({ drainMs: 20_000 });
    await clock.advance(4_999);
    expect(journal.lines).not.toContain('a receiver stops');
    await clock.advance(1);
    expect(journal.lines).toContain('a receiver stops');
    await clock.advance(16_000);
    expect((await stopped).map(({ pipeline: id, dropped }) => [id, dropped])).toEqual([
      ['a', 0],
      ['b', 3],
    ]);
  });

  it('says what failed when a pipeline cannot go on', async () => {
    const { options } = fixture();
    @Receiver({ urn: 'urn:test:receiver:dies', description: 'Dies.' })
    class Dies implements ReceiverNode {
      async start(ctx: ReceiverContext): Promise<void> {
        ctx.ready();
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('the wire was cut');
      }
    }
    const engine = await Engine.fromConfig(
      {
        version: 'otel_dataflow/v1',
        groups: {
          default: {
            pipelines: {
              p: {
                nodes: { in: { type: 'urn:test:receiver:dies' }, out: { type: 'exporter:noop' } },
                connections: [{ from: 'in', to: 'out' }],
              },
            },
          },
        },
      },
      { ...options, components: [Dies] },
    );
    await engine.start();
    expect((await engine.failed).message).toBe(
      "receiver 'in' (urn:test:receiver:dies) of pipeline 'default/p' failed: the wire was cut",
    );
    await engine.stop();
  });

  it('runs once', async () => {
    const { options } = fixture();
    const engine = await Engine.fromConfig(configOf('a'), options);
    await engine.start();
    await expect(engine.start()).rejects.toThrow('the engine is running; an engine runs once');
    const [first, second] = [engine.stop(), engine.stop()];
    expect(first).toBe(second);
    await first;
    await expect(engine.start()).rejects.toThrow('the engine is stopped; an engine runs once');
  });

  it('can be stopped before it was started', async () => {
    const { options, journal } = fixture();
    const engine = await Engine.fromConfig(configOf('a'), options);
    await engine.stop();
    expect(journal.lines).toEqual([]);
    await expect(engine.start()).rejects.toThrow('an engine runs once');
  });

  it('merges several configurations in order, overrides last', async () => {
    const { options, journal } = fixture();
    const inPath = 'groups.default.pipelines.a.nodes.in.config.name';
    const over = {
      groups: { default: { pipelines: { a: { extensions: { ext: { config: { name: 'second' } } } } } } },
    };
    const engine = await Engine.fromConfig([configOf('a'), over], { ...options, set: [`${inPath}=third`] });
    await engine.start();
    await engine.stop();
    expect(journal.lines[0]).toBe('second starts');
    expect(journal.lines).toContain('third takes data');
  });

  it('reports everything that is wrong at once, by path when there is no file', async () => {
    const { options } = fixture();
    const wrong = {
      version: 'otel_dataflow/v1',
      groups: {
        default: {
          pipelines: {
            p: {
              nodes: {
                in: { type: 'receiver:oltp' },
                out: { type: 'exporter:noop', capabilities: { bearer_token_provider: 'x' } },
              },
              connections: [{ from: 'in', to: 'uot' }],
            },
          },
        },
      },
    };
    const error = await Engine.fromConfig(wrong, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    const { diagnostics } = error as ConfigError;
    expect(
      diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['unknown_node', 'unknown_type', 'unused_capability']);
    expect((error as ConfigError).message).toContain(
      "groups.default.pipelines.p.nodes.in.type: error[unknown_type] no receiver of type 'receiver:oltp' is known; did you mean 'receiver:otlp'?",
    );
  });

  it('logs the warnings of a configuration that it runs', async () => {
    const { options, logger } = fixture();
    const spare = configOf('a');
    Object.assign((spare.groups.default.pipelines['a'] as { nodes: object }).nodes, {
      spare: { type: 'exporter:noop' },
    });
    await Engine.fromConfig(spare, options);
    expect(logger.lines.map(({ level, message }) => [level, message])).toContainEqual([
      'warn',
      "exporter 'spare' is left out: no data reaches it; connect it under connections: or remove it",
    ]);
  });
});

describe('a composed engine', () => {
  it('is what the same file would be', async () => {
    const { options, journal } = fixture();
    const engine = await Engine.compose(
      (builder) =>
        builder.pipeline('a', (p) =>
          p
            .extension('ext', NotedExtension, { name: 'a extension' })
            .receiver('in', NotedReceiver, { name: 'a receiver' })
            .exporter('out', NotedExporter)
            .connect('in', 'out'),
        ),
      { ...options, components: [] },
    );
    await engine.start();
    await engine.stop();
    expect(journal.lines).toEqual([
      'a extension starts',
      'a receiver starts',
      'a receiver takes data',
      'a receiver stops',
      'a extension stops',
    ]);
  });

  it('takes built-ins by name and lets destinations compete', async () => {
    const { options } = fixture();
    const engine = await Engine.compose(
      (builder) =>
        builder.pipeline('edge/main', (p) =>
          p
            .extension('auth', 'extension:bearer_token_auth', { token: 't' })
            .receiver('in', 'receiver:traffic_generator', {
              traffic_config: { max_signal_count: 10, log_weight: 1, signals_per_second: null },
            })
            .processor('batch', 'processor:batch', { max_batch_duration: '1s' })
            .exporter('a', 'exporter:noop')
            .exporter('b', 'exporter:noop')
            .connect('in', 'batch')
            .connectOneOf('batch', ['a', 'b']),
        ),
      options,
    );
    await engine.start();
    await settle();
    expect(await engine.stop()).toEqual([
      { group: 'edge', pipeline: 'main', received: 10, exported: 10, failed: 0, dropped: 0 },
    ]);
  });

  it('refuses a name that is used twice, and a class that is no component', async () => {
    await expect(async () =>
      Engine.compose((builder) =>
        builder.pipeline('a', (p) => p.exporter('x', 'exporter:noop').exporter('x', 'exporter:noop')),
      ),
    ).rejects.toThrow("the node 'x' is added twice");
    class Plain implements ExporterNode {
      async export(): Promise<void> {}
    }
    await expect(async () =>
      Engine.compose((builder) => builder.pipeline('a', (p) => p.exporter('x', Plain))),
    ).rejects.toThrow(
      'Plain is not a component; decorate it with @Extension, @Receiver, @Processor or @Exporter',
    );
  });
});
