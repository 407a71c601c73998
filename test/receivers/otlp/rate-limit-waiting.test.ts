import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type RateDecision, RateLimiter } from '../../../src/authoring.js';
import { TokenBucketConfig } from '../../../src/extensions/token-bucket/config.js';
import { TokenBucket } from '../../../src/extensions/token-bucket/index.js';
import { CapturedLogger, FakeClock, provide, type TestEffectOptions } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { logsRequest } from './requests.js';
import { runReceiver } from './running-receiver.js';

/** One unit a second, and notes who asked when and what was said. */
class NotingLimiter implements RateLimiter {
  readonly answers: (readonly [at: number, outcome: RateDecision['outcome']])[] = [];
  readonly clock = new FakeClock();
  readonly #bucket = new TokenBucket(TokenBucketConfig.parse({ rate: 1 }), this.clock, new CapturedLogger());

  async take(amount: number): Promise<RateDecision> {
    const decision = await this.#bucket.take(amount);
    this.answers.push([this.clock.now(), decision.outcome]);
    return decision;
  }

  asked(times: number): Promise<void> {
    return eventually(() => this.answers.length >= times);
  }
}

interface Waiting {
  readonly max_wait: string;
  readonly unit?: 'requests' | 'items';
  readonly timeout?: string;
  readonly options?: TestEffectOptions;
}

async function waitingReceiver({ max_wait, unit = 'requests', timeout = '30s', options }: Waiting) {
  const limiter = new NotingLimiter();
  const receiver = await runReceiver(
    { grpc: { timeout }, http: { timeout, max_concurrent_requests: 2 } },
    {
      ...options,
      clock: limiter.clock,
      extensions: [provide(RateLimiter, limiter)],
      rateLimit: { unit, max_wait },
    },
  );
  return { limiter, receiver };
}

const http = (address: string) => callHttp(address, { body: logsRequest() });

describe.each(['requests', 'items'] as const)('rate_limit.max_wait, by %s', (unit) => {
  it('holds a request until it is granted, and does not refuse it', async () => {
    const { limiter, receiver } = await waitingReceiver({ max_wait: '2s', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    const overHttp = http(receiver.http);
    await limiter.asked(2);
    await receiver.clock.advance(999);
    expect(receiver.effect.sent).toHaveLength(1);
    await receiver.clock.advance(1);
    expect((await overHttp).status).toBe(200);
    const overGrpc = callGrpc(receiver.grpc, 'logs', logsRequest());
    await limiter.asked(4);
    await receiver.clock.advance(1_000);
    expect((await overGrpc).code).toBe(0);
    expect(limiter.answers).toEqual([
      [0, 'granted'],
      [0, 'later'],
      [1_000, 'granted'],
      [1_000, 'later'],
      [2_000, 'granted'],
    ]);
  });

  it('lets those who lose ask again while there is time, and then refuses them', async () => {
    const { limiter, receiver } = await waitingReceiver({ max_wait: '1500ms', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    const two = [http(receiver.http), http(receiver.http)];
    await limiter.asked(3);
    await receiver.clock.advance(1_000);
    const answers = await Promise.all(two);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.rpcStatus?.retryDelayMs).toBe(1_000);
    expect(limiter.answers.slice(3).map(([, outcome]) => outcome)).toEqual(['granted', 'later']);
  });

  it('refuses at once what would have to wait longer than that', async () => {
    const { receiver } = await waitingReceiver({ max_wait: '999ms', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    expect((await http(receiver.http)).status).toBe(429);
  });

  it('refuses at once what would have to wait beyond its timeout', async () => {
    const { receiver } = await waitingReceiver({ max_wait: '1m', timeout: '500ms', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    expect((await http(receiver.http)).status).toBe(429);
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(8);
  });

  it('does not ask for a client that left, whose place others have at once', async () => {
    const { limiter, receiver } = await waitingReceiver({ max_wait: '20s', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    const leaving = [1, 2].map(() => {
      const call = request(`http://${receiver.http}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
      });
      call.on('error', () => undefined);
      call.end(logsRequest());
      return call;
    });
    await limiter.asked(3);
    expect((await http(receiver.http)).status).toBe(503);
    for (const call of leaving) call.destroy();
    let next = http(receiver.http);
    while ((await Promise.race([next, limiter.asked(4)])) !== undefined) next = http(receiver.http);
    await receiver.clock.advance(1_000);
    expect((await next).status).toBe(200);
    await receiver.clock.advance(20_000);
    expect(limiter.answers.slice(3).map(([, outcome]) => outcome)).toEqual(['later', 'granted']);
    expect(receiver.effect.sent).toHaveLength(2);
  });

  it('does not hold up a stop: it is refused at once, as nothing of it was taken', async () => {
    const { limiter, receiver } = await waitingReceiver({ max_wait: '20s', unit });
    await using _ = receiver;
    expect((await http(receiver.http)).status).toBe(200);
    const overHttp = http(receiver.http);
    const overGrpc = callGrpc(receiver.grpc, 'logs', logsRequest());
    await limiter.asked(3);
    const stopped = receiver.stop();
    const refused = { message: 'the receiver is stopping', retryDelayMs: 1_000 };
    const { headers, rpcStatus, status } = await overHttp;
    expect(status).toBe(503);
    expect(rpcStatus).toEqual({ code: 14, ...refused });
    expect(headers['connection']).toBe('close');
    expect(await overGrpc).toMatchObject({ code: 14, ...refused });
    await receiver.clock.advance(2_000);
    await stopped;
    expect(limiter.answers).toHaveLength(3);
    expect(receiver.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is not held when it comes to be charged while the receiver stops', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<RateDecision>();
    const limiter: RateLimiter = {
      take: () => {
        asked.resolve();
        return answer.promise;
      },
    };
    await using receiver = await runReceiver(undefined, {
      extensions: [provide(RateLimiter, limiter)],
      rateLimit: { unit, max_wait: '20s' },
    });
    const call = http(receiver.http);
    await asked.promise;
    const stopped = receiver.stop();
    answer.resolve({ outcome: 'later', retryAfterMs: 10 });
    expect((await call).status).toBe(503);
    await receiver.clock.advance(2_000);
    await stopped;
  });

  describe('while the limiter is replaced', () => {
    class Replaceable implements RateLimiter {
      decision: RateDecision = { outcome: 'later', retryAfterMs: 10_000 };
      asked = 0;

      async take(): Promise<RateDecision> {
        this.asked++;
        return this.decision;
      }
    }

    async function held() {
      const limiter = new Replaceable();
      const receiver = await runReceiver(undefined, {
        extensions: [provide(RateLimiter, limiter)],
        rateLimit: { unit, max_wait: '20s' },
      });
      const answer = http(receiver.http);
      await eventually(() => limiter.asked === 1);
      await receiver.clock.advance(999);
      expect(limiter.asked).toBe(1);
      return { answer, limiter, receiver };
    }

    it('is granted within a second by one that grants more', async () => {
      const { answer, limiter, receiver } = await held();
      await using _ = receiver;
      limiter.decision = { outcome: 'granted' };
      await receiver.clock.advance(1);
      expect((await answer).status).toBe(200);
    });

    it('is refused for good within a second by one that never grants so much', async () => {
      const { answer, limiter, receiver } = await held();
      await using _ = receiver;
      limiter.decision = { outcome: 'never', largest: 0 };
      await receiver.clock.advance(1);
      expect((await answer).status).toBe(413);
    });
  });
});
