import { describe, expect, it } from '@jest/globals';
import {
  BearerToken,
  BearerTokenProvider,
  config,
  EffectHandler,
  Exporter,
  type ExporterNode,
  inject,
  type Message,
  Nack,
  type Pdata,
  Processor,
  type ProcessorNode,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
  z,
} from '../../src/authoring.js';
import { BatchProcessor } from '../../src/processors/batch/index.js';
import {
  provide,
  runExporter,
  runProcessor,
  runReceiver,
  testLogs,
  testMetrics,
  testTraces,
} from '../../src/testing/index.js';

const TickingConfig = z.strictObject({ every_ms: z.number() });

/** Sends a log record each time a period is over. */
@Receiver({ urn: 'urn:test:receiver:ticking', description: 'Ticks.', config: TickingConfig })
class Ticking implements ReceiverNode {
  constructor(
    @config() private readonly settings: z.output<typeof TickingConfig>,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {}

  async start(ctx: ReceiverContext): Promise<void> {
    ctx.ready();
    try {
      for (;;) {
        await this.effect.clock.sleep(this.settings.every_ms, ctx.signal);
        await this.effect.deliver(testLogs(1)).catch((nack: Nack) => this.effect.logger.warn(nack.message));
      }
    } catch (error) {
      if (!ctx.signal.aborted) throw error;
    }
  }
}

/** Sends logs one way and everything else another. */
@Processor({ urn: 'urn:test:processor:fork', description: 'Forks.' })
class Fork implements ProcessorNode {
  constructor(@inject(EffectHandler) private readonly effect: EffectHandler) {}

  async process(message: Message): Promise<void> {
    const output = message.pdata.signal === 'logs' ? 'logs' : 'rest';
    await this.effect.send(message.pdata, { completion: message, output });
  }
}

/** Keeps what it exported, with the token that it would have sent. */
const exported: string[] = [];
let closed = 0;

@Exporter({ urn: 'urn:test:exporter:keeping', description: 'Keeps.', requires: [BearerTokenProvider] })
class Keeping implements ExporterNode {
  constructor(@inject(EffectHandler) private readonly effect: EffectHandler) {}

  async export(pdata: Pdata): Promise<void> {
    if (pdata.signal === 'metrics') throw Nack.retryable('no room', { retryAfterMs: 7 });
    const token = await this.effect.getExtension(BearerTokenProvider).getToken();
    exported.push(`${pdata.signal} ${token.secret.reveal()}`);
  }

  async shutdown(): Promise<void> {
    closed += 1;
  }
}

const token = provide(BearerTokenProvider, {
  getToken: async () => new BearerToken('t'),
  async *tokenStream() {
    yield new BearerToken('t');
  },
});

describe('runReceiver', () => {
  it('shows what a receiver sends while the test moves the clock', async () => {
    await using harness = await runReceiver(Ticking, { config: { every_ms: 100 } });
    await harness.whenReady;
    await harness.clock.advance(250);
    expect(harness.sent.map(({ pdata, output }) => [pdata.signal, pdata.itemCount, output])).toEqual([
      ['logs', 1, undefined],
      ['logs', 1, undefined],
    ]);
    expect(harness.summary).toMatchObject({ received: 2, exported: 2 });
  });

  it('waits for a number of payloads', async () => {
    await using harness = await runReceiver(Ticking, { config: { every_ms: 100 } });
    const third = harness.whenSent(3);
    await harness.clock.advance(300);
    expect(await third).toHaveLength(3);
    expect(await harness.whenSent(2)).toHaveLength(3);
  });

  it('ends the wait for payloads that will not come', async () => {
    await using harness = await runReceiver(Ticking, { config: { every_ms: 100 } });
    const second = harness.whenSent(2);
    await harness.clock.advance(100);
    const [outcome] = await Promise.allSettled([second, harness.stop()]);
    const tooFew = 'the node was stopped when it had sent 1 payloads of the 2 waited for';
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: tooFew } });
    await expect(harness.whenSent(2)).rejects.toThrow(tooFew);
  });

  it('lets the test answer in place of the next node', async () => {
    await using harness = await runReceiver(Ticking, {
      config: { every_ms: 100 },
      downstream: () => {
        throw Nack.permanent('not wanted');
      },
    });
    await harness.clock.advance(100);
    expect(harness.logs.lines.map(({ message }) => message)).toContain('not wanted');
  });

  it('reports a receiver that fails', async () => {
    @Receiver({ urn: 'urn:test:receiver:failing', description: 'Fails.' })
    class Failing implements ReceiverNode {
      async start(): Promise<void> {
        throw new Error('address in use');
      }
    }
    await using harness = await runReceiver(Failing);
    await expect(harness.whenReady).rejects.toThrow('address in use');
    expect(await harness.stop()).toHaveLength(1);
  });
});

describe('runProcessor', () => {
  it('tells the outcome of what it is given: delivered', async () => {
    await using harness = await runProcessor(BatchProcessor, { config: { max_batch_duration: '200ms' } });
    const outcome = Promise.all([harness.send(testLogs(2)), harness.send(testLogs(3))]);
    await harness.clock.advance(200);
    await outcome;
    expect(harness.sent.map(({ pdata }) => pdata.itemCount)).toEqual([5]);
  });

  it('tells the outcome of what it is given: refused by the next node', async () => {
    await using harness = await runProcessor(BatchProcessor, {
      config: { max_batch_duration: '0s' },
      downstream: async () => {
        throw Nack.retryable('busy');
      },
    });
    await expect(harness.send(testLogs(1))).rejects.toMatchObject({ message: 'busy', permanent: false });
  });

  it('flushes what is held back when it is stopped', async () => {
    await using harness = await runProcessor(BatchProcessor, { config: { max_batch_duration: '1h' } });
    const outcome = harness.send(testTraces(4));
    await harness.clock.advance(1);
    expect(harness.sent).toEqual([]);
    expect(await harness.stop()).toEqual([]);
    await outcome;
    expect(harness.sent.map(({ pdata }) => pdata.itemCount)).toEqual([4]);
  });

  it('says by which output something left', async () => {
    await using harness = await runProcessor(Fork, { outputs: ['logs', 'rest'] });
    for (const pdata of [testLogs(), testMetrics(), testTraces()]) await harness.send(pdata);
    expect(harness.sent.map(({ pdata, output }) => `${pdata.signal} by ${output}`)).toEqual([
      'logs by logs',
      'metrics by rest',
      'traces by rest',
    ]);
  });

  it('checks the config by the schema, in the words of the engine', async () => {
    await expect(runProcessor(BatchProcessor, { config: { max_batch_duration: 'soon' } })).rejects.toThrow(
      'nodes.batch.config.max_batch_duration: error[invalid_value]',
    );
  });
});

describe('runExporter', () => {
  it('exports with what the test provides, and shuts down once', async () => {
    exported.length = 0;
    closed = 0;
    await using harness = await runExporter(Keeping, { extensions: [token] });
    await harness.send(testLogs(3));
    await harness.send(testTraces(1));
    expect(exported).toEqual(['logs t', 'traces t']);
    expect(harness.summary).toMatchObject({ received: 4, exported: 4, failed: 0, dropped: 0 });
    expect(await harness.stop()).toEqual([]);
    expect(closed).toBe(1);
  });

  it('tells why something was refused', async () => {
    await using harness = await runExporter(Keeping, { extensions: [token] });
    await expect(harness.send(testMetrics(2))).rejects.toMatchObject({ message: 'no room', retryAfterMs: 7 });
    expect(harness.summary.failed).toBe(2);
  });

  it('refuses an exporter whose capability is not provided', async () => {
    await expect(runExporter(Keeping)).rejects.toThrow(
      'bearer_token_provider, which is bound to no extension',
    );
  });

  it('refuses a class that is no exporter', async () => {
    // @ts-expect-error a processor is no exporter
    await expect(runExporter(Fork)).rejects.toThrow(
      'Fork is no exporter but one processor; use runProcessor',
    );
  });
});
