import { describe, expect, it } from '@jest/globals';
import { type Completion, Nack, Pdata } from '../../../src/authoring.js';
import { BatchProcessor, BatchProcessorConfig } from '../../../src/processors/batch/index.js';
import {
  CapturedLogger,
  FakeClock,
  TestEffectHandler,
  type TestEffectOptions,
} from '../../../src/testing/index.js';
import { names, numbered, Request, request } from './request.js';

function batching(settings: object, options: TestEffectOptions = {}) {
  const clock = new FakeClock();
  const log = new CapturedLogger();
  const effect = new TestEffectHandler({ clock, logger: log, ...options });
  const processor = new BatchProcessor(BatchProcessorConfig.parse(settings), effect);
  const sizes = (): number[] => effect.sent.map(({ pdata }) => pdata.itemCount);
  return { clock, log, effect, processor, sizes };
}

/** A next node that keeps what it was sent, and says what became of it when the test says so. */
function patient() {
  const waiting: Completion[] = [];
  return {
    waiting,
    downstream: ({ completion }: { completion: Completion }) => void waiting.push(completion),
  };
}

const items = (min_size: number | null, max_size?: number) => ({
  otlp: { sizer: 'items', min_size, ...(max_size === undefined ? {} : { max_size }) },
});

describe('when processor:batch sends', () => {
  it('holds requests back until there are min_size items, and merges them in order', async () => {
    const { processor, effect } = batching(items(5));
    await processor.process(request(2));
    await processor.process(request(2, 2));
    expect(effect.sent).toEqual([]);
    await processor.process(request(2, 4));
    expect(effect.sent.map(({ pdata }) => names(pdata))).toEqual([numbered(6)]);
  });

  it('counts bytes with the sizer bytes', async () => {
    const { bytes } = request(2).pdata;
    const { processor, sizes } = batching({ otlp: { min_size: bytes.byteLength * 2 } });
    for (let i = 0; i < 5; i++) await processor.process(request(2));
    expect(sizes()).toEqual([4, 4]);
  });

  it('never makes of two requests one that a server with the usual limit of 4 MiB refuses', async () => {
    const { processor, effect } = batching({});
    const large = (bytes: number): Request => {
      const pdata = new Pdata('logs', new Uint8Array(bytes), 1);
      return new Request(pdata);
    };
    await processor.process(large(900_000));
    await processor.process(large(3_900_000));
    await processor.process(large(200_000));
    await processor.flush();
    expect(effect.sent.map(({ pdata }) => pdata.bytes.byteLength)).toEqual([900_000, 3_900_000, 200_000]);
  });

  it('makes batches above 4 MiB where min_size asks for them', async () => {
    const { processor, effect } = batching({ otlp: { min_size: 6_000_000 } });
    for (let i = 0; i < 3; i++) {
      await processor.process(new Request(new Pdata('logs', new Uint8Array(2_000_000), 1)));
    }
    expect(effect.sent.map(({ pdata }) => pdata.bytes.byteLength)).toEqual([6_000_000]);
  });

  it('counts requests with the sizer requests, and never splits one', async () => {
    const { processor, sizes } = batching({ otlp: { sizer: 'requests', min_size: 2, max_size: 2 } });
    for (let i = 0; i < 4; i++) await processor.process(request(100));
    expect(sizes()).toEqual([200, 200]);
  });

  it('sends what is held when the oldest of it has waited max_batch_duration', async () => {
    const { processor, clock, sizes } = batching({ max_batch_duration: '200ms' });
    await processor.process(request(1));
    await clock.advance(150);
    await processor.process(request(1));
    await clock.advance(49);
    expect(sizes()).toEqual([]);
    await clock.advance(1);
    expect(sizes()).toEqual([2]);
  });

  it('has one timer for all signals, and none while nothing is held', async () => {
    const { processor, clock, effect } = batching({ max_batch_duration: '200ms' });
    expect(clock.pending).toBe(0);
    await processor.process(request(1, 0, 'logs'));
    await clock.advance(100);
    await processor.process(request(1, 0, 'traces'));
    await processor.process(request(1, 0, 'metrics'));
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    expect(effect.sent.map(({ pdata }) => pdata.signal)).toEqual(['logs']);
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    expect(effect.sent.map(({ pdata }) => pdata.signal)).toEqual(['logs', 'traces', 'metrics']);
    expect(clock.pending).toBe(0);
  });

  it('waits the full time for data that came after a full batch', async () => {
    const { processor, clock, sizes } = batching({ ...items(2), max_batch_duration: '200ms' });
    await processor.process(request(1));
    await clock.advance(150);
    await processor.process(request(1));
    await processor.process(request(1));
    expect(sizes()).toEqual([2]);
    await clock.advance(199);
    expect(sizes()).toEqual([2]);
    await clock.advance(1);
    expect(sizes()).toEqual([2, 1]);
  });

  it('sends every request on at once when max_batch_duration is 0s', async () => {
    const { processor, clock, sizes } = batching({ max_batch_duration: '0s', ...items(null, 2) });
    await processor.process(request(1));
    await processor.process(request(5));
    expect(sizes()).toEqual([1, 2, 2, 1]);
    expect(clock.pending).toBe(0);
  });

  it('sends everything when it is flushed, and leaves no timer', async () => {
    const { processor, clock, sizes } = batching({});
    await processor.process(request(1, 0, 'logs'));
    await processor.process(request(2, 0, 'traces'));
    await processor.flush();
    expect(sizes().sort()).toEqual([1, 2]);
    expect(clock.pending).toBe(0);
  });

  it('never mixes signals', async () => {
    const { processor, effect } = batching(items(2));
    await processor.process(request(1, 0, 'logs'));
    await processor.process(request(1, 0, 'traces'));
    await processor.process(request(1, 0, 'logs'));
    expect(effect.sent.map(({ pdata }) => [pdata.signal, pdata.itemCount])).toEqual([['logs', 2]]);
  });

  it('passes a lone request on as it is', async () => {
    const { processor, effect } = batching(items(1));
    const lone = request(3);
    await processor.process(lone);
    expect(effect.sent[0]?.pdata).toBe(lone.pdata);
  });
});

describe('how processor:batch splits', () => {
  it('makes batches of at most max_size, in order, and keeps what is left for the next one', async () => {
    const { processor, effect, sizes } = batching(items(4, 4));
    await processor.process(request(10));
    expect(sizes()).toEqual([4, 4]);
    await processor.process(request(3, 10));
    expect(sizes()).toEqual([4, 4, 4]);
    await processor.flush();
    expect(effect.sent.flatMap(({ pdata }) => names(pdata))).toEqual(numbered(13));
    expect(sizes()).toEqual([4, 4, 4, 1]);
  });

  it('sends what is left when its own time has come', async () => {
    const { processor, clock, sizes } = batching({ ...items(4, 4), max_batch_duration: '200ms' });
    await processor.process(request(5));
    await clock.advance(199);
    expect(sizes()).toEqual([4]);
    await clock.advance(1);
    expect(sizes()).toEqual([4, 1]);
  });

  it('keeps to max_size in bytes', async () => {
    const max_size = 1_000;
    const { processor, effect } = batching({ otlp: { min_size: 500, max_size } });
    await processor.process(request(40));
    await processor.flush();
    expect(effect.sent.length).toBeGreaterThan(2);
    for (const { pdata } of effect.sent) expect(pdata.bytes.byteLength).toBeLessThanOrEqual(max_size);
    expect(effect.sent.flatMap(({ pdata }) => names(pdata))).toEqual(numbered(40));
  });

  it('warns of batches that are larger than max_size all the same, at once and then seldom', async () => {
    const { processor, clock, log } = batching({ otlp: { min_size: 10, max_size: 10 } });
    const warnings = (): unknown[] => log.lines.filter(({ level }) => level === 'warn');
    const warning = (batches: number, largest: number): object => ({
      level: 'warn',
      message:
        'batches are larger than max_size: an item alone is, or its resource, scope and metric are too large to be ' +
        'repeated for so few; raise max_size, or send less in one item or resource',
      fields: { sizer: 'bytes', max_size: 10, largest, batches },
    });
    const { byteLength } = request(1).pdata;
    await processor.process(request(1));
    expect(warnings()).toEqual([warning(1, byteLength)]);
    await processor.process(request(3));
    await processor.process(request(1));
    await clock.advance(30_000);
    expect(warnings()).toHaveLength(1);
    await processor.process(request(1));
    expect(warnings()).toEqual([warning(1, byteLength), warning(5, byteLength)]);
  });

  it('says nothing of batches that keep to max_size, or need not', async () => {
    for (const otlp of [
      { min_size: 500, max_size: 1_000 },
      { min_size: 500 },
      { sizer: 'items', max_size: 3 },
    ]) {
      const { processor, log } = batching({ otlp });
      await processor.process(request(40));
      await processor.flush();
      expect(log.lines).toEqual([]);
    }
  });
});

describe('what requests hear of their outcome through processor:batch', () => {
  it('is one ack for each when the batch is delivered', async () => {
    const { waiting, downstream } = patient();
    const { processor } = batching(items(2), { downstream });
    const requests = [request(1), request(1)] as const;
    for (const each of requests) await processor.process(each);
    expect(requests.map(({ outcomes }) => outcomes)).toEqual([[], []]);
    waiting[0]?.ack();
    waiting[0]?.ack();
    expect(requests.map(({ outcomes }) => outcomes)).toEqual([['ack'], ['ack']]);
  });

  it('is one nack for each, with the reason, when the batch is refused', async () => {
    const reason = Nack.retryable('busy', { retryAfterMs: 1_000 });
    const { processor } = batching(items(2), { downstream: ({ completion }) => completion.nack(reason) });
    const requests = [request(1), request(1)] as const;
    for (const each of requests) await processor.process(each);
    expect(requests.map(({ outcomes }) => outcomes)).toEqual([[reason], [reason]]);
  });

  it('waits for all batches that hold a part of the request', async () => {
    const { waiting, downstream } = patient();
    const { processor } = batching(items(4, 4), { downstream });
    const [first, second, third] = [request(3), request(6, 3), request(3, 9)];
    for (const each of [first, second, third]) await processor.process(each);
    // first: batch 1; second: batches 1, 2 and 3; third: batch 3.
    expect(waiting).toHaveLength(3);
    waiting[2]?.ack();
    expect([first.outcomes, second.outcomes, third.outcomes]).toEqual([[], [], ['ack']]);
    waiting[0]?.ack();
    expect([first.outcomes, second.outcomes]).toEqual([['ack'], []]);
    waiting[1]?.ack();
    expect(second.outcomes).toEqual(['ack']);
  });

  it('is a failure when one of its batches fails, and only for those who are in that batch', async () => {
    const { waiting, downstream } = patient();
    const { processor } = batching(items(4, 4), { downstream });
    const [first, second, third] = [request(3), request(6, 3), request(3, 9)];
    for (const each of [first, second, third]) await processor.process(each);
    const reason = Nack.permanent('malformed');
    waiting[0]?.ack();
    waiting[1]?.nack(reason);
    expect(second.outcomes).toEqual([]);
    waiting[2]?.ack();
    expect([first.outcomes, second.outcomes, third.outcomes]).toEqual([['ack'], [reason], ['ack']]);
  });

  it('comes for a request without items too', async () => {
    const { processor } = batching(items(4, 4));
    const empty = new Request(new Pdata('logs', new Uint8Array()));
    await processor.process(request(3));
    await processor.process(empty);
    await processor.process(request(3));
    await processor.flush();
    expect(empty.outcomes).toEqual(['ack']);
  });

  it('is the reason of the pipeline when it is stopped by force', async () => {
    const { processor, clock } = batching(items(100), {
      downstream: () => {
        throw Nack.retryable('the pipeline is being stopped by force');
      },
    });
    const [flushed, due] = [request(1), request(1)];
    await processor.process(due);
    await clock.advance(200);
    await processor.process(flushed);
    await processor.flush();
    for (const { outcomes } of [flushed, due]) {
      expect(outcomes).toMatchObject([
        { message: 'the pipeline is being stopped by force', permanent: false },
      ]);
    }
  });

  it('is a refusal of a malformed request alone', async () => {
    const { processor, effect } = batching(items(2));
    await processor.process(request(1));
    const malformed = new Request(new Pdata('logs', Uint8Array.of(0x0a, 0x05, 0x01)));
    await expect(async () => processor.process(malformed)).rejects.toThrow('malformed OTLP protobuf');
    await processor.process(request(1, 1));
    expect(effect.sent.map(({ pdata }) => names(pdata))).toEqual([numbered(2)]);
  });
});

describe('how processor:batch holds its sender back', () => {
  it('takes no more requests than inbound_request_limit until some have an outcome', async () => {
    const { waiting, downstream } = patient();
    const { processor, clock } = batching({ ...items(2), inbound_request_limit: 2 }, { downstream });
    await processor.process(request(1));
    await processor.process(request(1));
    let taken = false;
    const third = Promise.resolve(processor.process(request(1))).then(() => {
      taken = true;
    });
    await clock.advance(10_000);
    expect(taken).toBe(false);
    waiting[0]?.ack();
    await third;
    expect(taken).toBe(true);
  });

  it('does not wait for more when everything that may come in is held already', async () => {
    const { processor, sizes, clock } = batching({
      ...items(100),
      inbound_request_limit: 3,
      max_batch_duration: '1h',
    });
    for (let i = 0; i < 7; i++) await processor.process(request(1));
    expect(sizes()).toEqual([3, 3]);
    expect(clock.pending).toBe(1);
  });

  it('does not get stuck on what splitting left over', async () => {
    const { waiting, downstream } = patient();
    const { processor, sizes } = batching(
      { ...items(4, 4), inbound_request_limit: 2, max_batch_duration: '1h' },
      { downstream },
    );
    await processor.process(request(5));
    await processor.process(request(1));
    const third = processor.process(request(1));
    expect(sizes()).toEqual([4]);
    waiting[0]?.ack();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sizes()).toEqual([4, 2]);
    waiting[1]?.ack();
    await third;
  });

  it('goes on making big batches while the next node is slow', async () => {
    const { waiting, downstream } = patient();
    const { processor, sizes } = batching(
      { ...items(3), inbound_request_limit: 4, max_batch_duration: '1h' },
      { downstream },
    );
    for (let i = 0; i < 4; i++) await processor.process(request(1));
    const more = (async () => {
      for (let i = 0; i < 3; i++) await processor.process(request(1));
    })();
    expect(sizes()).toEqual([3]);
    waiting[0]?.ack();
    await more;
    expect(sizes()).toEqual([3, 3]);
  });

  it('has no more batches under way than outbound_request_limit, in order', async () => {
    const { waiting, downstream } = patient();
    const { processor, clock, effect } = batching(
      { ...items(2, 2), outbound_request_limit: 2 },
      { downstream },
    );
    const big = processor.process(request(8));
    await clock.advance(10_000);
    expect(waiting).toHaveLength(2);
    for (let batch = 0; batch < 4; batch++) {
      waiting[batch]?.ack();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await big;
    expect(effect.sent.flatMap(({ pdata }) => names(pdata))).toEqual(numbered(8));
  });

  it('waits for a full queue, and keeps the order while a timer sends', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { processor, clock, effect } = batching(items(2), { downstream: () => gate });
    await processor.process(request(1));
    await clock.advance(200);
    expect(effect.sent).toHaveLength(1);
    await processor.process(request(1, 1));
    let taken = false;
    const full = Promise.resolve(processor.process(request(1, 2))).then(() => {
      taken = true;
    });
    await clock.advance(200);
    expect([effect.sent.length, taken]).toEqual([1, false]);
    open();
    await full;
    expect(effect.sent.map(({ pdata }) => names(pdata))).toEqual([['log-0'], ['log-1', 'log-2']]);
  });

  it('gives up waiting when the pipeline is stopped by force', async () => {
    const stop = new AbortController();
    const { downstream, waiting } = patient();
    const { processor } = batching(
      { ...items(1), inbound_request_limit: 2, outbound_request_limit: 1 },
      {
        signal: stop.signal,
        downstream: (sent) => {
          if (stop.signal.aborted) throw Nack.retryable('the pipeline is being stopped by force');
          downstream(sent);
        },
      },
    );
    await processor.process(request(1));
    expect(waiting).toHaveLength(1);
    const outbound = request(1);
    const waitingToSend = processor.process(outbound);
    const waitingToEnter = processor.process(request(1));
    stop.abort();
    await waitingToSend;
    expect(outbound.outcomes).toMatchObject([{ permanent: false }]);
    await expect(waitingToEnter).rejects.toMatchObject({ name: 'Nack', permanent: false });
    await expect(processor.process(request(1))).resolves.toBeUndefined();
  });
});
