import { expect, it } from '@jest/globals';
import {
  type ActiveExtension,
  BearerToken,
  BearerTokenProvider,
  config,
  EffectHandler,
  Engine,
  Exporter,
  type ExporterNode,
  Extension,
  type ExtensionContext,
  inject,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
  z,
} from '../../src/index.js';
import { CapturedLogger } from '../../src/testing/index.js';

@Extension({
  urn: 'urn:test:extension:ticket',
  description: 'Gives tokens.',
  traits: [BearerTokenProvider],
  execution: 'shared',
  readiness: true,
})
class Ticket implements BearerTokenProvider, ActiveExtension {
  async start(ctx: ExtensionContext): Promise<void> {
    ctx.ready();
    await ctx.stopping();
  }

  async getToken(): Promise<BearerToken> {
    return new BearerToken('ticket');
  }

  async *tokenStream(): AsyncIterable<BearerToken> {
    yield await this.getToken();
  }
}

@Receiver({ urn: 'urn:test:receiver:idle', description: 'Sends nothing.', config: z.strictObject({}) })
class Idle implements ReceiverNode {
  async start(ctx: ReceiverContext): Promise<void> {
    ctx.ready();
    await ctx.stopping();
  }
}

const CollectorConfig = z.strictObject({ tickets: z.array(z.string()) });

@Exporter({
  urn: 'urn:test:exporter:collector',
  description: 'Asks for many extensions by name.',
  config: CollectorConfig,
})
class Collector implements ExporterNode {
  readonly tickets: readonly BearerTokenProvider[];

  constructor(
    @config() { tickets }: z.output<typeof CollectorConfig>,
    @inject(EffectHandler) effect: EffectHandler,
  ) {
    this.tickets = tickets.map((name) => effect.getExtension(BearerTokenProvider, name));
  }

  async export(): Promise<void> {}
}

function configOf(count: number): object {
  const names = Array.from({ length: count }, (_, index) => `ticket_${index}`);
  const extensions = Object.fromEntries(names.map((name) => [name, { type: 'urn:test:extension:ticket' }]));
  const nodes = {
    in: { type: 'urn:test:receiver:idle' },
    out: { type: 'urn:test:exporter:collector', config: { tickets: names } },
  };
  const main = { extensions, nodes, connections: [{ from: 'in', to: 'out' }] };
  return { version: 'otel_dataflow/v1', groups: { default: { pipelines: { main } } } };
}

const build = (count: number): Promise<Engine> =>
  Engine.fromConfig(configOf(count), {
    components: [Ticket, Idle, Collector],
    logger: new CapturedLogger(),
  });

/** Milliseconds of CPU to read, check and build; the best of several, for what disturbs only ever adds. */
async function buildMillis(count: number): Promise<number> {
  const took: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = process.cpuUsage();
    await build(count);
    const { user, system } = process.cpuUsage(start);
    took.push((user + system) / 1_000);
  }
  return Math.min(...took);
}

it('builds and starts a thousand extensions of one pipeline, each an instance of its own', async () => {
  const engine = await build(1_000);
  await engine.start();
  const serving = engine.extensions.filter(({ state }) => state === 'serving');
  expect(new Set(serving.map(({ name }) => name)).size).toBe(1_000);
  await engine.stop();
});

it('takes no longer for each of a thousand extensions than for each of a hundred', async () => {
  await build(1_000);
  const each = { hundred: (await buildMillis(100)) / 100, thousand: (await buildMillis(1_000)) / 1_000 };
  // Twice leaves room for the garbage collector; anything that grows with the square would be ten times as long.
  expect(each.thousand).toBeLessThan(2 * each.hundred);
}, 60_000);
