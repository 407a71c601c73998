import type { PackageNames } from './names.js';
import type { ComponentSample } from './sample.js';

/** A processor that lets chosen signals pass. */
export function processorSample({ className, urn, id }: PackageNames): ComponentSample {
  const description = 'Passes on chosen signals and drops the others.';
  return {
    description,
    fields: [
      {
        name: 'signals',
        schema: "z.array(z.enum(['traces', 'metrics', 'logs'])).min(1)",
        imports: [],
        description: 'What passes.',
      },
    ],
    source: `import { config, EffectHandler, inject, type Message, Processor, type ProcessorNode } from 'otap-dataflow';
import { ${className}Config, type ${className}Settings } from './config.js';

/** ${description} */
@Processor({ urn: '${urn}', description: '${description}', config: ${className}Config })
export class ${className} implements ProcessorNode {
  constructor(
    @config() private readonly settings: ${className}Settings,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {}

  /** Every message is sent on, acked or nacked: whoever sent it waits to hear of it. */
  async process(message: Message): Promise<void> {
    const { pdata } = message;
    if (this.settings.signals.includes(pdata.signal)) await this.effect.send(pdata, { completion: message });
    else message.ack();
  }
}
`,
    test: `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Nack } from 'otap-dataflow';
import { runProcessor, testLogs, testMetrics, testTraces } from 'otap-dataflow/testing';
import { ${className} } from '../src/index.js';

describe('${className}', () => {
  it('passes on the signals that it is configured for, and acks the others', async () => {
    await using harness = await runProcessor(${className}, { config: { signals: ['logs', 'traces'] } });
    for (const pdata of [testLogs(3), testMetrics(2), testTraces(1)]) await harness.send(pdata);
    const passed = harness.sent.map(({ pdata }) => [pdata.signal, pdata.itemCount]);
    assert.deepEqual(passed, [
      ['logs', 3],
      ['traces', 1],
    ]);
  });

  it('hands back the outcome of the next node', async () => {
    await using harness = await runProcessor(${className}, {
      config: { signals: ['logs'] },
      downstream: async () => {
        throw Nack.retryable('busy');
      },
    });
    await assert.rejects(harness.send(testLogs(1)), { message: 'busy', permanent: false });
  });

  it('needs a signal', async () => {
    await assert.rejects(runProcessor(${className}, { config: { signals: [] } }), /signals/);
  });
});
`,
    pipeline: `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        nodes:
          in:
            type: receiver:traffic_generator
            config: { traffic_config: { signals_per_second: 5, log_weight: 1, trace_weight: 1 } }
          ${id}: { type: "${urn}", config: { signals: [logs] } }
          out: { type: exporter:console }
        connections:
          - { from: in, to: ${id} }
          - { from: ${id}, to: out }
`,
  };
}
