import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyValueStore, Nack, Pdata, signals } from '../../../src/authoring.js';
import { DedupProcessorConfig } from '../../../src/processors/dedup/config.js';
import { DedupProcessor } from '../../../src/processors/dedup/index.js';
import {
  CapturedLogger,
  FakeClock,
  provide,
  type Sent,
  TestEffectHandler,
} from '../../../src/testing/index.js';
import { MemoryStore } from '../../fixtures/memory-store.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { names, Request } from '../batch/request.js';
import { logs, record, saying } from './log-request.js';

let clock: FakeClock;
let store: MemoryStore;
let log: CapturedLogger;
/** What was sent on and waits for the test to say what became of it. */
let open: Sent[];
/** What was sent on, in words. */
let sent: string[][];

beforeEach(() => {
  clock = new FakeClock();
  store = new MemoryStore();
  log = new CapturedLogger();
  open = [];
  sent = [];
});

/** A processor whose deliveries wait in `open`, or are acked at once. */
function create(
  config: Record<string, unknown> = {},
  outcome: 'acked' | 'open' = 'acked',
  signal = new AbortController().signal,
): DedupProcessor {
  const effect = new TestEffectHandler({
    clock,
    logger: log,
    signal,
    extensions: [provide(KeyValueStore, store)],
    downstream: (message) => {
      sent.push(names(message.pdata));
      if (outcome === 'open') open.push(message);
      else message.completion.ack();
    },
  });
  return new DedupProcessor(DedupProcessorConfig.parse(config), effect);
}

/** Lets promises come through. */
const settle = (): Promise<void> => clock.advance(0);

const ack = async (): Promise<void> => {
  open.shift()?.completion.ack();
  await settle();
};

const refuse = async (reason = Nack.retryable('away')): Promise<void> => {
  open.shift()?.completion.nack(reason);
  await settle();
};

async function process(processor: DedupProcessor, ...requests: readonly Request[]): Promise<void> {
  for (const request of requests) await processor.process(request);
  await settle();
}

describe('dedup', () => {
  it('drops a record that was delivered before, and acks it', async () => {
    const [first, again] = [saying('a', 'b'), saying('b', 'c', 'a')];
    await process(create(), first, again);
    expect(sent).toEqual([['a', 'b'], ['c']]);
    expect([first.outcomes, again.outcomes]).toEqual([['ack'], ['ack']]);
  });

  it('sends nothing on, and acks, when everything in a request was delivered before', async () => {
    const again = saying('a', 'a');
    await process(create(), saying('a'), again);
    expect(sent).toEqual([['a']]);
    expect(again.outcomes).toEqual(['ack']);
  });

  it('keeps one of several copies in a request', async () => {
    await process(create(), saying('a', 'b', 'a', 'a', 'c'));
    expect(sent).toEqual([['a', 'b', 'c']]);
  });

  it('sends on a request without repeats as it came', async () => {
    const request = saying('a', 'b');
    const processor = create({}, 'open');
    await process(processor, request);
    expect(open[0]?.pdata).toBe(request.pdata);
  });

  it('compares only what identity names', async () => {
    const at = (body: string, host: string) =>
      new Request(logs([record(body, { attributes: [{ key: 'host', value: { stringValue: host } }] })]));
    await process(create({ identity: ['body'] }), at('a', 'one'), at('a', 'two'), at('b', 'one'));
    expect(sent).toEqual([['a'], ['b']]);
  });

  it.each(signals.filter((signal) => signal !== 'logs'))('lets %s pass untouched', async (signal) => {
    const [one, other] = [new Request(samplePdata(signal)), new Request(samplePdata(signal))];
    const processor = create({}, 'open');
    await process(processor, one, other);
    expect(open.map(({ pdata }) => pdata)).toEqual([one.pdata, other.pdata]);
    expect(open[0]?.pdata).toBe(one.pdata);
    expect(open[0]?.completion).toBe(one);
    expect(store.calls.getMany).toBe(0);
  });

  it('lets a request without records pass', async () => {
    const empty = new Request(new Pdata('logs', new Uint8Array()));
    await process(create(), empty);
    expect(sent).toEqual([[]]);
    expect(empty.outcomes).toEqual(['ack']);
  });

  it('refuses for good what is no OTLP', async () => {
    const broken = new Request(new Pdata('logs', Uint8Array.of(0x0a, 0x7f, 0x00)));
    await expect(create().process(broken)).rejects.toMatchObject({ name: 'Nack', permanent: true });
  });

  it('says now and then how many records it dropped', async () => {
    const processor = create();
    await process(processor, saying('a'), saying('a', 'a', 'b'), saying('b'));
    await clock.advance(10_000);
    expect(log.lines).toEqual([
      { level: 'info', message: 'repeated log records were dropped', fields: { records: 3 } },
    ]);
    await process(processor, saying('a'));
    await processor.flush();
    expect(log.lines[1]?.fields).toEqual({ records: 1 });
  });
});

describe('dedup forgets', () => {
  it('a record when the window is over, which is counted from its delivery, not from its repeats', async () => {
    const processor = create({ window: '60s' });
    await process(processor, saying('a'));
    await clock.advance(59_999);
    await process(processor, saying('a'));
    expect(sent).toEqual([['a']]);
    await clock.advance(1);
    await process(processor, saying('a'));
    expect(sent).toEqual([['a'], ['a']]);
    await clock.advance(59_999);
    await process(processor, saying('a'));
    expect(sent).toHaveLength(2);
  });

  it('nothing that memory has no room for: the store has it', async () => {
    const processor = create({ memory_records: 1 });
    await process(processor, saying('a', 'b', 'c'), saying('a', 'b', 'c'));
    expect(sent).toEqual([['a', 'b', 'c']]);
  });

  it('in the store too, what has expired and not come again', async () => {
    const processor = create({ window: '60s' });
    await process(processor, saying('a', 'b'));
    await clock.advance(50_000);
    await process(processor, saying('c'));
    expect(store.kept.size).toBe(3);
    await clock.advance(50_000);
    expect(store.kept.size).toBe(1);
    await clock.advance(60_000);
    expect(store.kept.size).toBe(0);
  });

  it('in the store too, soon after a start, what expired before it', async () => {
    await process(create({ window: '1h' }), saying('a'));
    await clock.advance(3_600_000);
    store.kept.set('of something else', new Uint8Array(3));
    await process(create({ window: '1h' }), saying('b'));
    await clock.advance(10_000);
    expect(store.kept.size).toBe(1);
  });

  it('thousands, a few hundred at a time', async () => {
    const words = Array.from({ length: 1_000 }, (_, index) => `${index}`);
    await process(create({ window: '60s' }), saying(...words));
    expect(store.kept.size).toBe(1_000);
    store.calls.batch = 0;
    await clock.advance(120_000);
    expect(store.kept.size).toBe(0);
    expect(store.calls.batch).toBeGreaterThanOrEqual(4);
  });

  it('nothing that another process has delivered anew since it was read', async () => {
    await process(create({ window: '60s' }), saying('a', 'b'));
    await clock.advance(60_000);
    const other = new Map(store.kept);
    const now = Buffer.alloc(8);
    now.writeDoubleBE(clock.wallTime() + 10_000);
    store.whileListing = () => {
      for (const key of [...other.keys()].slice(0, 1)) store.kept.set(key, now);
    };
    const processor = create({ window: '60s' });
    await process(processor, saying('c'));
    await clock.advance(10_000);
    expect(store.kept.get([...other.keys()][0] ?? '')).toEqual(Uint8Array.from(now));
    expect(store.kept.size).toBe(2);
  });

  it('what it has seen before it goes on, however little of it has expired', async () => {
    const words = Array.from({ length: 1_000 }, (_, index) => `${index}`);
    await process(create({ window: '60s' }), saying('old'));
    const [old = ''] = store.kept.keys();
    await clock.advance(60_000);
    // The keys are random, so it is made the first of all.
    const expired = store.kept.get(old) ?? new Uint8Array();
    store.kept.delete(old);
    store.kept.set('', expired);
    await process(create({ window: '1h' }), saying(...words));
    let before = 0;
    store.listed = () => {
      if (store.kept.has('')) before += 1;
    };
    await process(create({ window: '60s' }), saying('new'));
    await clock.advance(10_000);
    expect(before).toBeLessThanOrEqual(257);
    expect(store.kept.has('')).toBe(false);
  });

  it('nothing any more when it has been flushed', async () => {
    const processor = create({ window: '60s' });
    await process(processor, saying('a'));
    await processor.flush();
    expect(clock.pending).toBe(0);
  });
});

describe('dedup remembers', () => {
  it('across a restart', async () => {
    await process(create(), saying('a', 'b'));
    await process(create(), saying('a', 'c'));
    expect(sent).toEqual([['a', 'b'], ['c']]);
  });

  it('across a restart, for as long as the window that it has now', async () => {
    await process(create({ window: '1h' }), saying('a'));
    await clock.advance(60_000);
    await process(create({ window: '1m' }), saying('a'));
    expect(sent).toEqual([['a'], ['a']]);
  });

  it('what arrives after the flush', async () => {
    const processor = create({}, 'open');
    await process(processor, saying('a'));
    await processor.flush();
    await ack();
    await process(create(), saying('a'));
    expect(sent).toEqual([['a']]);
  });

  it('without asking the store for what memory knows', async () => {
    await process(create(), saying('a'), saying('a'), saying('a'));
    expect(store.calls.getMany).toBe(1);
  });

  it('nothing that was not delivered', async () => {
    const processor = create({}, 'open');
    const [first, again] = [saying('a'), saying('a')];
    await process(processor, first);
    await refuse();
    expect(first.outcomes).toEqual([Nack.retryable('away')]);
    expect(store.kept.size).toBe(0);
    await process(processor, again);
    await ack();
    expect(sent).toEqual([['a'], ['a']]);
    expect(again.outcomes).toEqual(['ack']);
  });

  it('nothing that could not be sent', async () => {
    const effect = new TestEffectHandler({
      clock,
      extensions: [provide(KeyValueStore, store)],
      downstream: () => Promise.reject(Nack.retryable('the pipeline is being stopped')),
    });
    const request = saying('a');
    await process(new DedupProcessor(DedupProcessorConfig.parse({}), effect), request);
    expect(request.outcomes).toEqual([Nack.retryable('the pipeline is being stopped')]);
    expect(store.kept.size).toBe(0);
  });
});

describe('dedup, while a record is on its way,', () => {
  it('lets a repeat wait, sends on the rest, and drops the repeat when the first has arrived', async () => {
    const processor = create({}, 'open');
    const [first, second] = [saying('a', 'b'), saying('b', 'c')];
    await process(processor, first, second);
    expect(sent).toEqual([['a', 'b'], ['c']]);
    await ack();
    expect(second.outcomes).toEqual([]);
    await ack();
    expect([first.outcomes, second.outcomes]).toEqual([['ack'], ['ack']]);
    expect(sent).toHaveLength(2);
  });

  it('sends the repeat when the first was refused', async () => {
    const processor = create({}, 'open');
    const [first, second] = [saying('a'), saying('a')];
    await process(processor, first, second);
    expect(sent).toEqual([['a']]);
    await refuse(Nack.permanent('too large'));
    expect(first.outcomes).toEqual([Nack.permanent('too large')]);
    expect(sent).toEqual([['a'], ['a']]);
    await ack();
    expect(second.outcomes).toEqual(['ack']);
  });

  it('sends one of several repeats at a time', async () => {
    const processor = create({}, 'open');
    const requests = [saying('a'), saying('a', 'a'), saying('a'), saying('a')];
    await process(processor, ...requests);
    await refuse();
    await refuse();
    expect(sent).toEqual([['a'], ['a'], ['a']]);
    await ack();
    expect(requests.map(({ outcomes }) => outcomes.map((one) => (one === 'ack' ? one : 'nack')))).toEqual([
      ['nack'],
      ['nack'],
      ['ack'],
      ['ack'],
    ]);
  });

  it('tells a request that waits for several of the worst that became of them', async () => {
    const processor = create({}, 'open');
    const last = saying('a', 'b', 'c');
    await process(processor, saying('a'), saying('b'), last);
    expect(sent).toEqual([['a'], ['b'], ['c']]);
    await ack();
    await refuse();
    await ack();
    expect(last.outcomes).toEqual([]);
    expect(sent[3]).toEqual(['b']);
    await refuse(Nack.retryable('still away'));
    expect(last.outcomes).toEqual([Nack.retryable('still away')]);
  });

  it('takes nothing more while repeats of 16 MiB wait', async () => {
    const processor = create({}, 'open');
    const large = 'x'.repeat(9 * 1_024 * 1_024);
    await process(processor, saying(large), saying(large), saying(large));
    const next = processor.process(saying('a'));
    await settle();
    expect(sent).toHaveLength(1);
    await ack();
    await next;
    expect(sent[1]).toEqual(['a']);
  });

  it('waits no longer when the pipeline is stopped by force', async () => {
    const stop = new AbortController();
    const processor = create({}, 'open', stop.signal);
    const large = 'x'.repeat(9 * 1_024 * 1_024);
    await process(processor, saying(large), saying(large), saying(large));
    const next = processor.process(saying('a'));
    stop.abort();
    await expect(next).rejects.toEqual(Nack.retryable('the pipeline is being stopped by force'));
  });
});

describe('dedup, whatever comes in whatever order and ends how it may,', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ request: fc.array(word, { minLength: 1, maxLength: 4 }) }),
    fc.record({ outcome: fc.constantFrom('ack', 'refuse'), of: fc.nat(7) }),
  );

  it('acks nothing that was not delivered, and delivers nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        store = new MemoryStore();
        [open, sent] = [[], []];
        const processor = create({}, 'open');
        const requests: { readonly words: readonly string[]; readonly request: Request }[] = [];
        const delivered: string[] = [];
        const end = async (outcome: string, index: number): Promise<void> => {
          const [message] = open.splice(index, 1);
          if (message === undefined) return;
          if (outcome === 'ack') delivered.push(...names(message.pdata));
          if (outcome === 'ack') message.completion.ack();
          else message.completion.nack(Nack.retryable('away'));
          await settle();
        };
        for (const one of steps) {
          if ('request' in one) {
            const request = saying(...one.request);
            requests.push({ words: one.request, request });
            await process(processor, request);
          } else {
            await end(one.outcome, one.of % Math.max(1, open.length));
          }
        }
        while (open.length > 0) await end('ack', 0);
        expect(new Set(delivered).size).toBe(delivered.length);
        for (const { words, request } of requests) {
          expect(request.outcomes).toHaveLength(1);
          if (request.outcomes[0] === 'ack') expect(delivered).toEqual(expect.arrayContaining([...words]));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('dedup, while its store fails,', () => {
  it('lets records pass, except those that memory knows, and says so once', async () => {
    const processor = create();
    await process(processor, saying('a'));
    store.broken = 'is away';
    await process(processor, saying('a', 'b'), saying('b', 'c'), saying('d'));
    expect(sent).toEqual([['a'], ['b'], ['c'], ['d']]);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'the store of delivered records fails; records pass unless memory knows them',
        fields: { reason: "extension 'store' (key_value_store): is away" },
      },
    ]);
    store.broken = undefined;
    await process(processor, saying('e'));
    expect(log.lines[1]).toMatchObject({
      level: 'info',
      message: 'the store of delivered records serves again',
    });
  });

  it.each(['pass', 'nack'])(
    'says so once, and once that it serves again, when it can be asked but not written (%s)',
    async (on_store_error) => {
      const processor = create({ on_store_error });
      store.full = 'no room is left';
      for (let index = 0; index < 20; index += 1) await process(processor, saying(`${index}`));
      expect(log.lines).toEqual([
        {
          level: 'warn',
          message: 'the store of delivered records fails; what is delivered is remembered in memory alone',
          fields: { reason: "extension 'store' (key_value_store): no room is left" },
        },
      ]);
      store.full = undefined;
      await process(processor, saying('more'), saying('and more'));
      expect(log.lines.slice(1)).toEqual([
        {
          level: 'info',
          message: 'the store of delivered records serves again',
          fields: { not_remembered: 20 },
        },
      ]);
    },
  );

  it('never says that it serves again without having said that it failed', async () => {
    const processor = create();
    for (let index = 0; index < 10; index += 1) {
      store.full = 'no room is left';
      await process(processor, saying(`${index}`));
      store.full = undefined;
      await process(processor, saying(`after ${index}`));
      await clock.advance(1_000);
    }
    const lines = log.lines.map(({ level }) => level).filter((level, index) => index < 2 || level === 'warn');
    expect(lines).toEqual(['warn', 'info']);
    expect(log.lines.filter(({ message }) => message.includes('serves again'))).toHaveLength(1);
  });

  it('says another reason at once', async () => {
    const processor = create();
    store.broken = 'is away';
    await process(processor, saying('a'));
    store.broken = 'does not let us in';
    await process(processor, saying('b'), saying('c'));
    expect(log.lines.map(({ fields }) => fields?.['reason'])).toEqual([
      "extension 'store' (key_value_store): is away",
      "extension 'store' (key_value_store): does not let us in",
    ]);
  });

  it('says at the end how many delivered records are not in the store', async () => {
    const processor = create();
    store.full = 'no room is left';
    await process(processor, saying('a', 'b'));
    const release = Promise.withResolvers<void>();
    store.holdWrites = release.promise;
    await process(processor, saying('c'));
    await processor.flush();
    expect(log.lines).toHaveLength(1);
    release.resolve();
    await settle();
    expect(log.lines[1]).toEqual({
      level: 'warn',
      message: 'delivered records are not in the store; repeats of them pass after a restart',
      fields: { records: 3 },
    });
  });

  it.each(['pass', 'nack'])(
    'waits for writes that stall for 2 s, and then no more (%s)',
    async (on_store_error) => {
      const processor = create({ on_store_error });
      const release = Promise.withResolvers<void>();
      store.holdWrites = release.promise;
      await process(processor, saying(...Array.from({ length: 50_001 }, (_, index) => `${index}`)));
      const outcome = processor.process(saying('a')).catch((error: Nack) => error.message);
      await clock.advance(1_999);
      expect(sent).toHaveLength(1);
      await clock.advance(1);
      const refusal =
        'delivered records cannot be remembered: 50000 delivered records wait to be written, and the store takes none';
      expect(await outcome).toBe(on_store_error === 'pass' ? undefined : refusal);
      // Nothing behind it is held up any more, such as the traces that share the pipeline.
      await processor.process(new Request(samplePdata('traces')));
      await processor.process(saying('b')).catch(() => {});
      expect(sent).toHaveLength(on_store_error === 'pass' ? 4 : 2);
      store.holdWrites = undefined;
      release.resolve();
      await settle();
      await process(processor, saying('c'));
      expect(store.kept.size).toBe(50_002);
    },
  );

  it('waits 5 s for an answer, and asks nothing more until it has come', async () => {
    const processor = create();
    const release = Promise.withResolvers<void>();
    store.holdReads = release.promise;
    const first = processor.process(saying('a'));
    await clock.advance(5_000);
    await first;
    await process(processor, saying('b'));
    expect(sent).toEqual([['a'], ['b']]);
    expect(store.calls.getMany).toBe(1);
    store.holdReads = undefined;
    release.resolve();
    await settle();
    await process(processor, saying('c'));
    expect(store.calls.getMany).toBe(2);
  });

  it('asks the sender to try again when it is configured to', async () => {
    const processor = create({ on_store_error: 'nack' });
    store.broken = 'is away';
    await expect(processor.process(saying('a'))).rejects.toEqual(
      Nack.retryable("repeated records cannot be told: extension 'store' (key_value_store): is away"),
    );
    store.broken = undefined;
    await process(processor, saying('a'));
    expect(sent).toEqual([['a']]);
  });

  it('acks what was delivered although it cannot be written down', async () => {
    const processor = create({}, 'open');
    const request = saying('a');
    await process(processor, request);
    store.broken = 'is away';
    await ack();
    expect(request.outcomes).toEqual(['ack']);
  });

  it('sweeps again when it serves again', async () => {
    const processor = create({ window: '60s' });
    await process(processor, saying('a'));
    await clock.advance(55_000);
    store.broken = 'is away';
    await clock.advance(60_000);
    expect(store.kept.size).toBe(1);
    store.broken = undefined;
    await clock.advance(30_000);
    expect(store.kept.size).toBe(0);
  });

  it('takes nothing more while 50,000 delivered records wait to be written down', async () => {
    const processor = create();
    const release = Promise.withResolvers<void>();
    store.holdWrites = release.promise;
    const many = (from: number) => saying(...Array.from({ length: 26_000 }, (_, index) => `${from + index}`));
    await process(processor, many(0), many(26_000));
    const next = processor.process(saying('one more'));
    await settle();
    expect(sent).toHaveLength(2);
    release.resolve();
    await next;
    expect(sent[2]).toEqual(['one more']);
  });
});
