import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { formatDiagnostics } from '../../src/config/report.js';
import { Engine } from '../../src/distribution.js';
import { planEngine } from '../../src/engine/plan.js';
import { rejection, Stage, stageOptions, timedComponents } from '../fixtures/timed-extensions.js';

/** A pipeline `default/main` with these extensions and an exporter that binds `x1`. */
const withExtensions = (extensions: string): string => `yaml:version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        extensions:
${extensions}
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: x1 } }
        connections: [{ from: in, to: out }]
`;

const active = (name: string, uses: readonly [string?, string?], config = ''): string => {
  const [provider, authorizer] = uses;
  const bindings = [
    ...(provider === undefined ? [] : [`bearer_token_provider: ${provider}`]),
    ...(authorizer === undefined ? [] : [`bearer_token_authorizer: ${authorizer}`]),
  ];
  return `          ${name}: { type: urn:test:extension:active, config: { ${config} }, capabilities: { ${bindings.join(', ')} } }`;
};

/**
 * Ten in a diamond, the users above; x3 and x8 are slow:
 *
 *         x1
 *       /    \
 *     x2      x3*
 *    /  \    /  \
 *   x4   x5-+    x6
 *    \  /  \    /
 *     x7    x8*
 *       \  /  \
 *        x9    |
 *          \  /
 *          x10
 */
const diamond = (settings: Readonly<Record<string, string>> = {}): string =>
  withExtensions(
    [
      active('x1', ['x2', 'x3'], settings['x1']),
      active('x2', ['x4', 'x5'], settings['x2'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x3', ['x5', 'x6'], settings['x3'] ?? 'ready_ms: 2000, stop_ms: 900'),
      active('x4', ['x7'], settings['x4'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x5', ['x7', 'x8'], settings['x5'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x6', ['x8'], settings['x6'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x7', ['x9'], settings['x7'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x8', ['x9', 'x10'], settings['x8'] ?? 'ready_ms: 3000, stop_ms: 800'),
      active('x9', ['x10'], settings['x9'] ?? 'ready_ms: 10, stop_ms: 10'),
      active('x10', [], settings['x10'] ?? 'ready_ms: 10, stop_ms: 10'),
    ].join('\n'),
  );

/** What each extension of the diamond uses. */
const uses: Readonly<Record<string, readonly string[]>> = {
  x1: ['x2', 'x3'],
  x2: ['x4', 'x5'],
  x3: ['x5', 'x6'],
  x4: ['x7'],
  x5: ['x7', 'x8'],
  x6: ['x8'],
  x7: ['x9'],
  x8: ['x9', 'x10'],
  x9: ['x10'],
};

async function engineOf(stage: Stage, config: string): Promise<Engine> {
  return await Engine.fromConfig(config, stageOptions(stage));
}

/** Everything that is wrong with a text, as `dataflow validate` prints it. */
async function complaints(text: string): Promise<string> {
  const { diagnostics, sources } = await planEngine({
    sources: [text],
    env: {},
    components: [builtIns, { origin: 'the test', exports: timedComponents }],
    plugins: [],
    directory: '.',
  });
  return formatDiagnostics(diagnostics.sorted(), sources);
}

describe('ten extensions in a diamond', () => {
  it('start after what they use, in the time of the longest path', async () => {
    const stage = new Stage();
    const engine = await engineOf(stage, diamond());
    const started = engine.start();
    await stage.clock.advance(5_030);
    await started;
    const { journal } = stage;
    for (const [user, used] of Object.entries(uses)) {
      for (const provider of used) {
        expect(journal.events.indexOf(`${provider} ready`)).toBeLessThan(
          journal.events.indexOf(`${user} starts`),
        );
      }
    }
    // x10, x9, x8, x5 or x6, x3: 10 + 10 + 3000 + 10 + 2000.
    expect(journal.when('x1 ready')).toBe(5_030);
    expect(journal.when('x4 starts')).toBe(30);
    const stopped = engine.stop();
    await stage.clock.advance(5_000);
    await stopped;
  });

  it('stop before what they use, in the time of the longest path', async () => {
    const stage = new Stage();
    const engine = await engineOf(stage, diamond());
    const started = engine.start();
    await stage.clock.advance(5_030);
    await started;
    const stopped = engine.stop();
    await stage.clock.advance(1_730);
    await stopped;
    const { journal } = stage;
    for (const [user, used] of Object.entries(uses)) {
      for (const provider of used) {
        expect(journal.events.indexOf(`${user} stopped`)).toBeLessThan(
          journal.events.indexOf(`${provider} told`),
        );
      }
    }
    // x3, x5 or x6, x8, x9, x10 after x1: 900 + 10 + 800 + 10 + 10.
    expect(journal.when('x10 stopped')).toBe(5_030 + 1_730);
    expect(stage.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('are told in one message when the one at the bottom fails: nothing else has started', async () => {
    const stage = new Stage();
    const engine = await engineOf(stage, diamond({ x10: 'ready_ms: -1, fails_ms: 5' }));
    const failed = rejection(engine.start());
    await stage.clock.advance(5);
    expect((await failed).message).toBe(
      "extension 'x10' (urn:test:extension:active) of pipeline 'default/main' failed to start: the lease was lost; " +
        "not started, for they use what failed: 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8', 'x9'",
    );
    expect(stage.journal.events).toEqual(['x10 starts']);
    expect(stage.clock.pending).toBe(0);
  });

  it('are told in one message when the one at the bottom fails while others wait: those that run are stopped', async () => {
    const stage = new Stage();
    const engine = await engineOf(stage, diamond({ x10: 'fails_ms: 1000' }));
    const failed = rejection(engine.start());
    await stage.clock.advance(1_100);
    expect((await failed).message).toBe(
      "extension 'x10' (urn:test:extension:active) of pipeline 'default/main' failed to start: the lease was lost; " +
        "not started, for they use what failed: 'x1', 'x2', 'x3', 'x5', 'x6'; stopped again: 'x4', 'x7', 'x8', 'x9'",
    );
    const told = stage.journal.events.filter((event) => event.endsWith(' told'));
    expect(told).toEqual(['x4 told', 'x7 told', 'x9 told']);
    expect(stage.clock.pending).toBe(0);
    expect(engine.extensions.filter(({ state }) => state === 'serving')).toEqual([]);
  });

  it('are stopped when the one at the bottom fails while they serve, and the engine says why', async () => {
    const stage = new Stage();
    const engine = await engineOf(stage, diamond({ x10: 'fails_ms: 60000' }));
    const started = engine.start();
    await stage.clock.advance(5_100);
    await started;
    const failed = engine.failed;
    await stage.clock.advance(60_000);
    expect((await failed).message).toBe(
      "extension 'x10' (urn:test:extension:active) of pipeline 'default/main' ended before shutdown: it failed: the lease was lost",
    );
    const stopped = engine.stop();
    await stage.clock.advance(5_000);
    await stopped;
    expect(stage.journal.events.filter((event) => event.endsWith(' stopped'))).toHaveLength(9);
  });
});

describe('a circle of extensions', () => {
  it('of three is reported once, with its path and the place of each, before anything is built', async () => {
    const text = withExtensions(
      [active('x1', ['x2']), active('x2', ['x3']), active('x3', ['x1'])].join('\n'),
    );
    expect(await complaints(text)).toContain(
      'error[dependency_cycle] these extensions use each other in a circle: ' +
        "'x1' (<yaml>:7:11) -> 'x2' (<yaml>:8:11) -> 'x3' (<yaml>:9:11) -> 'x1' (<yaml>:7:11); " +
        'remove one of the bindings',
    );
    const stage = new Stage();
    await rejection(engineOf(stage, text));
    expect(stage.journal.built).toEqual([]);
  });

  it('of one is reported in other words', async () => {
    expect(await complaints(withExtensions(active('x1', ['x1'])))).toContain(
      "error[dependency_cycle] extension 'x1' (<yaml>:7:11) uses itself; bind another one, or remove the binding",
    );
  });

  it('is reported beside another one, and beside what else is wrong', async () => {
    const text = withExtensions(
      [
        active('x1', ['x2']),
        active('x2', ['x1']),
        active('x3', ['x4']),
        active('x4', ['x3']),
        active('x5', ['nobody']),
      ].join('\n'),
    );
    const found = await complaints(text);
    expect(found.match(/dependency_cycle/g)).toHaveLength(2);
    expect(found).toContain('error[not_found]');
  });

  it('of a wider scope is reported once, however many pipelines use it', async () => {
    const pipeline = `
        extensions: { near: { type: urn:test:extension:active, capabilities: { bearer_token_provider: a } } }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: near } }
        connections: [{ from: in, to: out }]`;
    const text = `yaml:version: otel_dataflow/v1
engine:
  extensions:
    a: { type: urn:test:extension:active, capabilities: { bearer_token_provider: b } }
    b: { type: urn:test:extension:active, capabilities: { bearer_token_provider: a } }
groups:
  default:
    pipelines:
      p:${pipeline}
      q:${pipeline}
`;
    expect((await complaints(text)).match(/dependency_cycle/g)).toHaveLength(1);
  });

  it('is none when the same name in a wider scope is meant by nobody in between', async () => {
    const text = `yaml:version: otel_dataflow/v1
engine:
  extensions:
    a: { type: urn:test:extension:active }
groups:
  default:
    pipelines:
      p:
        extensions:
          b: { type: urn:test:extension:active, capabilities: { bearer_token_provider: a } }
          c: { type: urn:test:extension:active, capabilities: { bearer_token_provider: b, bearer_token_authorizer: a } }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: c } }
        connections: [{ from: in, to: out }]
`;
    expect(await complaints(text)).not.toContain('error');
  });
});
