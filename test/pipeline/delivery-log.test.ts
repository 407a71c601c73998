import { describe, expect, it } from '@jest/globals';
import { Nack } from '../../src/authoring.js';
import { DeliveryLog } from '../../src/pipeline/delivery-log.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const down = Nack.retryable('connection refused');

const failure = (items: number, messages: number): unknown => [
  'warn',
  { reason: 'connection refused', retryable: true, items, messages },
];

const recovery = (itemsFailedMeanwhile: number, messagesFailedMeanwhile: number): unknown => [
  'info',
  { itemsFailedMeanwhile, messagesFailedMeanwhile },
];

function fixture() {
  const logger = new CapturedLogger();
  const clock = new FakeClock();
  const lines = (): unknown[] => logger.lines.map(({ level, fields }) => [level, fields]);
  return { log: new DeliveryLog(logger, clock), clock, lines };
}

describe('the delivery log', () => {
  it('says nothing while all goes well', () => {
    const { log, lines } = fixture();
    log.delivered();
    expect(lines()).toEqual([]);
  });

  it('tells the first failure at once, those that follow every 30 s, and the first success', async () => {
    const { log, clock, lines } = fixture();
    log.failed(10, down);
    log.failed(20, down);
    await clock.advance(29_999);
    log.failed(30, down);
    expect(lines()).toEqual([failure(10, 1)]);
    await clock.advance(1);
    log.failed(40, down);
    log.failed(5, down);
    log.delivered();
    log.delivered();
    expect(lines()).toEqual([failure(10, 1), failure(50, 2), recovery(45, 2)]);
  });

  it('tells what failed after a success within those 30 s, and whether data is delivered since', async () => {
    const { log, clock, lines } = fixture();
    log.failed(1, down);
    log.delivered();
    for (let message = 0; message < 100; message++) log.failed(100, down);
    log.delivered();
    await clock.advance(30_000);
    expect(lines()).toEqual([failure(1, 1), recovery(0, 0), failure(10_000, 100), recovery(0, 0)]);
    expect(clock.pending).toBe(0);
    log.failed(2, down);
    await clock.advance(30_000);
    log.delivered();
    expect(lines().slice(4)).toEqual([failure(2, 1), recovery(0, 0)]);
  });

  it('tells a failure at once when the last that was told is 30 s ago', async () => {
    const { log, clock, lines } = fixture();
    log.failed(1, down);
    await clock.advance(30_000);
    log.failed(2, down);
    expect(lines()).toEqual([failure(1, 1), failure(2, 1)]);
  });

  it('does not fill the log when failures and successes alternate, and still tells all of them', async () => {
    const { log, clock, lines } = fixture();
    for (let turn = 0; turn < 100; turn++) {
      log.failed(1, down);
      log.delivered();
    }
    expect(lines()).toEqual([failure(1, 1), recovery(0, 0)]);
    await clock.advance(30_000);
    expect(lines().slice(2)).toEqual([failure(99, 99), recovery(0, 0)]);
  });

  it('tells at the end what it has not told', () => {
    const { log, clock, lines } = fixture();
    log.close();
    log.failed(260, down);
    log.failed(85_800, Nack.permanent('bad request'));
    log.close();
    log.close();
    expect(lines()).toEqual([
      failure(260, 1),
      ['warn', { reason: 'bad request', retryable: false, items: 85_800, messages: 1 }],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('tells of messages without anything that is counted, too', async () => {
    const { log, clock, lines } = fixture();
    log.failed(0, down);
    log.failed(0, down);
    await clock.advance(30_000);
    expect(lines()).toEqual([failure(0, 1), failure(0, 1)]);
  });

  it('shows what is no nack whole, also when it is told later', async () => {
    const { log, clock, lines } = fixture();
    const defect = new Error('bug');
    log.failed(1, down);
    log.failed(1, Nack.from(defect), defect);
    await clock.advance(30_000);
    expect(lines()).toEqual([
      failure(1, 1),
      ['warn', { reason: 'bug', retryable: false, items: 1, messages: 1, error: defect }],
    ]);
  });
});
