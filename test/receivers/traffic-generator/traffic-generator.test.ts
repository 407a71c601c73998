import { describe, expect, it } from '@jest/globals';
import { Nack } from '../../../src/authoring.js';
import type { Sent } from '../../../src/testing/index.js';
import { resourceOf, run, sent } from './run.js';

const logs = (traffic: object = {}, rest: object = {}) => ({
  traffic_config: { log_weight: 1, signals_per_second: 10, max_batch_size: 5, ...traffic },
  ...rest,
});

describe('the rate of receiver:traffic_generator', () => {
  it('spreads the batches of a second evenly', async () => {
    const generator = run(logs());
    await generator.clock.advance(0);
    expect(sent(generator)).toEqual([['logs', 5]]);
    await generator.clock.advance(499);
    expect(sent(generator)).toHaveLength(1);
    await generator.clock.advance(1);
    expect(sent(generator)).toHaveLength(2);
    await generator.clock.advance(9_499);
    expect(sent(generator)).toHaveLength(20);
    generator.stop();
    await generator.ended;
  });

  it('sends the batches of a second at once in the production mode open', async () => {
    const generator = run(logs({ production_mode: 'open' }));
    await generator.clock.advance(999);
    expect(sent(generator)).toHaveLength(2);
    await generator.clock.advance(1);
    expect(sent(generator)).toHaveLength(4);
    generator.stop();
    await generator.ended;
  });

  it('shares signals out by weight, one signal to a request', async () => {
    const generator = run(
      logs({
        signals_per_second: 100,
        log_weight: 2,
        metric_weight: 1,
        trace_weight: 1,
        max_signal_count: 100,
      }),
    );
    await generator.clock.advance(1_000);
    const totals = { logs: 0, metrics: 0, traces: 0 };
    for (const [signal, items] of sent(generator)) totals[signal as keyof typeof totals] += items;
    expect(totals).toEqual({ logs: 50, metrics: 25, traces: 25 });
  });

  it('stops at exactly max_signal_count and returns', async () => {
    const generator = run(logs({ max_signal_count: 13 }));
    await generator.clock.advance(2_000);
    await generator.ended;
    expect(sent(generator)).toEqual([
      ['logs', 5],
      ['logs', 5],
      ['logs', 3],
    ]);
    expect(generator.clock.pending).toBe(0);
    expect(generator.log.lines.at(-1)).toMatchObject({
      message: 'the traffic generator is done',
      fields: { signals: 13 },
    });
  });

  it('goes as fast as the pipeline takes it when signals_per_second is null, and lets others run', async () => {
    const generator = run(logs({ signals_per_second: null, max_batch_size: 1 }));
    while (generator.effect.sent.length < 300) await new Promise((resolve) => setTimeout(resolve, 1));
    generator.stop();
    await generator.ended;
  });
});

describe('receiver:traffic_generator in front of a slow pipeline', () => {
  it('waits for it and makes nothing ahead', async () => {
    const generator = run(logs(), { downstream: () => new Promise(() => {}) });
    await generator.clock.advance(60_000);
    expect(sent(generator)).toHaveLength(1);
  });

  it('makes up for a short delay', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const generator = run(logs(), { downstream: () => gate });
    await generator.clock.advance(900);
    open();
    await generator.clock.advance(100);
    expect(sent(generator)).toHaveLength(3);
    generator.stop();
    await generator.ended;
  });

  it('lets go of what it missed after more than a second, and says so once', async () => {
    let open = (): void => {};
    let gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const generator = run(logs(), { downstream: () => gate });
    for (const _stall of [1, 2]) {
      await generator.clock.advance(60_000);
      open();
      const before = sent(generator).length;
      await generator.clock.advance(1_000);
      expect(sent(generator).length - before).toBeLessThanOrEqual(4);
      gate = new Promise((resolve) => {
        open = resolve;
      });
    }
    open();
    generator.stop();
    await generator.ended;
    expect(generator.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(
      ['the pipeline takes less than signals_per_second; the traffic generator falls behind'],
    );
  });
});

describe('the end of receiver:traffic_generator', () => {
  it('returns at once when it is told to stop, and leaves no timer', async () => {
    const generator = run(logs());
    await generator.clock.advance(0);
    expect(generator.isReady()).toBe(true);
    generator.stop();
    await generator.ended;
    expect(sent(generator)).toHaveLength(1);
    expect(generator.clock.pending).toBe(0);
  });

  it('sends nothing when it is told to stop before it could', async () => {
    const generator = run(logs());
    generator.stop();
    await generator.ended;
    expect(sent(generator)).toEqual([]);
  });

  it('returns when the pipeline is stopped by force', async () => {
    const generator = run(logs(), {
      downstream: () => {
        throw Nack.retryable('the pipeline is being stopped by force');
      },
    });
    await generator.ended;
    expect(generator.log.lines.at(-1)).toMatchObject({ fields: { signals: 0 } });
  });

  it('fails when it cannot send at all', async () => {
    const generator = run(logs(), {
      downstream: () => {
        throw Nack.permanent('nothing is connected');
      },
    });
    await expect(generator.ended).rejects.toThrow('nothing is connected');
  });

  it('waits for the last outcomes when it has sent everything, unless it is told to stop', async () => {
    for (const stopped of [false, true]) {
      const sent: Sent[] = [];
      const generator = run(logs({ max_signal_count: 10 }, { enable_ack_nack: true }), {
        downstream: (each) => void sent.push(each),
      });
      await generator.clock.advance(1_000);
      expect(generator.log.lines).toEqual([]);
      sent[0]?.completion.ack();
      if (stopped) generator.stop();
      else sent[1]?.completion.ack();
      await generator.ended;
      expect(generator.log.lines[0]?.fields).toMatchObject(
        stopped ? { delivered: 5, pending: 5 } : { delivered: 10, pending: 0 },
      );
    }
  });

  it('says what became of its data when it is told to follow it', async () => {
    let refused = 0;
    const downstream = ({ completion }: Sent): void => {
      if (++refused <= 2) completion.nack(Nack.retryable('the backend is on fire'));
      else completion.ack();
    };
    const generator = run(logs({ max_signal_count: 20 }, { enable_ack_nack: true }), { downstream });
    await generator.clock.advance(2_000);
    await generator.ended;
    expect(generator.log.lines.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ['warn', 'generated data was refused', { reason: 'the backend is on fire' }],
      ['info', 'the traffic generator is done', { signals: 20, delivered: 10, refused: 10, pending: 0 }],
    ]);
  });
});

describe('the resources of receiver:traffic_generator', () => {
  const services = async (settings: object): Promise<unknown[]> => {
    const generator = run(logs({ max_signal_count: 30 }, settings));
    await generator.clock.advance(5_000);
    return generator.effect.sent.map(({ pdata }) => resourceOf(pdata)['service.name']);
  };

  it('are some services in turn by default', async () => {
    expect(await services({})).toEqual([
      'frontend',
      'checkout',
      'payment',
      'frontend',
      'checkout',
      'payment',
    ]);
  });

  it('are what the configuration says, each as often as its weight', async () => {
    const resource_attributes = [{ attrs: { 'service.name': 'a' }, weight: 3 }, { 'service.name': 'b' }];
    expect(await services({ resource_attributes })).toEqual(['a', 'a', 'a', 'b', 'a', 'a']);
  });

  it('keep what the configuration does not say', async () => {
    const generator = run(logs({ max_signal_count: 1 }, { resource_attributes: { 'tenant.id': 'prod' } }));
    await generator.ended;
    expect(resourceOf((generator.effect.sent[0] as Sent).pdata)).toMatchObject({
      'tenant.id': 'prod',
      'service.name': 'traffic-generator',
      'service.namespace': 'shop',
    });
  });
});

describe('repeating what receiver:traffic_generator made', () => {
  const bytes = async (settings: object): Promise<string[]> => {
    const traffic = { metric_weight: 1, trace_weight: 1, max_signal_count: 60 };
    const generator = run(logs(traffic, settings));
    await generator.clock.advance(10_000);
    await generator.ended;
    return generator.effect.sent.map(({ pdata }) => Buffer.from(pdata.bytes).toString('base64'));
  };

  it('gives the same bytes for the same seed', async () => {
    expect(await bytes({ seed: 7 })).toEqual(await bytes({ seed: 7 }));
  });

  it('gives other bytes for another seed, and for none', async () => {
    expect(await bytes({ seed: 7 })).not.toEqual(await bytes({ seed: 8 }));
    expect(await bytes({})).not.toEqual(await bytes({}));
  });

  it('never sends the same bytes twice when every batch is fresh', async () => {
    const made = await bytes({ seed: 7 });
    expect(new Set(made).size).toBe(made.length);
  });

  it('sends the same payloads again when they are pre-generated', async () => {
    const generator = run(logs({ max_signal_count: 60 }, { generation_strategy: 'pre_generated' }));
    await generator.clock.advance(10_000);
    const payloads = generator.effect.sent.map(({ pdata }) => pdata);
    expect(payloads).toHaveLength(12);
    // One for each of the three services.
    expect(new Set(payloads).size).toBe(3);
  });
});

describe('the registry of semantic conventions', () => {
  it('is not read, and that is said', async () => {
    const generator = run(
      logs({ max_signal_count: 1 }, { registry_path: 'https://registry.example/model.git[model]' }),
    );
    await generator.ended;
    expect(generator.log.lines[0]).toMatchObject({
      level: 'warn',
      message: 'registry_path is not read; the built-in signals are generated',
    });
  });
});
