import type { PackageNames } from './names.js';
import type { ComponentSample } from './sample.js';

/** An extension without a trait: it works beside the pipelines, and no component binds it. */
export function backgroundSample({ file, className, urn, id }: PackageNames): ComponentSample {
  const description = 'Logs how much memory the process holds.';
  return {
    description,
    fields: [
      {
        name: 'interval',
        schema: "duration({ positive: true }).prefault('1m')",
        imports: ['duration'],
        description: 'How often it logs.',
      },
    ],
    source: `import { Clock, config, Extension, type ExtensionContext, inject, Logger } from 'otap-dataflow';
import { ${className}Config, type ${className}Settings } from './config.js';

/** ${description} */
@Extension({
  urn: '${urn}',
  description: '${description}',
  execution: 'local',
  config: ${className}Config,
})
export class ${className} {
  constructor(
    @config() private readonly settings: ${className}Settings,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly log: Logger,
  ) {}

  /** Runs for as long as the pipeline does: until \`ctx.signal\` aborts. */
  async start(ctx: ExtensionContext): Promise<void> {
    try {
      for (;;) {
        await this.clock.sleep(this.settings.interval, ctx.signal);
        const { rss, heapUsed } = process.memoryUsage();
        this.log.info('memory', { rss, heapUsed });
      }
    } catch (error) {
      if (!ctx.signal.aborted) throw error;
    }
  }
}
`,
    test: `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runExtension } from 'otap-dataflow/testing';
import { ${className} } from '../src/index.js';

describe('${className}', () => {
  it('logs each time its interval is over', async () => {
    await using harness = await runExtension(${className}, { config: { interval: '10s' } });
    await harness.whenReady;
    await harness.clock.advance(30_000);
    assert.equal(harness.logs.lines.filter(({ message }) => message === 'memory').length, 3);
  });

  it('starts and stops without an error', async () => {
    await using harness = await runExtension(${className});
    await harness.whenReady;
    assert.deepEqual(await harness.stop(), []);
  });

  it('refuses an interval that is none', async () => {
    await assert.rejects(runExtension(${className}, { config: { interval: 'often' } }), /interval/);
  });
});
`,
    pipeline: `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        extensions:
          # src/${file}.ts
          ${id}: { type: "${urn}", config: { interval: 5s } }
        nodes:
          in:
            type: receiver:traffic_generator
            config: { traffic_config: { signals_per_second: 5, log_weight: 1 } }
          out: { type: exporter:console }
        connections:
          - { from: in, to: out }
`,
  };
}
