import { describe, expect, it } from '@jest/globals';
import { Nack } from '../../src/authoring.js';
import { DeliveryLog } from '../../src/pipeline/delivery-log.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const down = Nack.retryable('connection refused');

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
    await clock.advance(1);
    log.failed(40, down);
    log.failed(5, down);
    log.delivered();
    log.delivered();
    expect(lines()).toEqual([
      ['warn', { reason: 'connection refused', retryable: true, items: 10 }],
      ['warn', { reason: 'connection refused', retryable: true, items: 90 }],
      ['info', { itemsFailedMeanwhile: 5 }],
    ]);
  });

  it('does not fill the log when failures and successes alternate', () => {
    const { log, lines } = fixture();
    for (let turn = 0; turn < 100; turn++) {
      log.failed(1, Nack.permanent('bad request'));
      log.delivered();
    }
    expect(lines()).toHaveLength(2);
  });
});
