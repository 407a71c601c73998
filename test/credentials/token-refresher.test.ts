import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { BearerToken, TokenRefresher, TraitError, type TraitErrorFactory } from '../../src/authoring.js';
import { CapturedLogger, FakeClock, TestExtensionContext } from '../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('auth', trait.name, reason, options),
};

/** A token server of which the test says what it does next. */
class Server {
  readonly clock = new FakeClock();
  readonly log = new CapturedLogger();
  readonly ctx = new TestExtensionContext('auth');
  /** Times of all requests. */
  readonly asked: number[] = [];
  lifetimeMs: number | undefined = 3_600_000;
  failing: Error | undefined;
  random = 0;
  /** While set, requests wait for it. */
  gate: Promise<void> | undefined;
  signal: AbortSignal | undefined;
  readonly refresher: TokenRefresher;

  constructor(refreshAheadMs = 300_000) {
    this.refresher = new TokenRefresher({
      acquire: (signal) => this.#answer(signal),
      refreshAheadMs,
      clock: this.clock,
      log: this.log,
      errors,
      random: () => this.random,
    });
  }

  async #answer(signal: AbortSignal): Promise<BearerToken> {
    this.signal = signal;
    this.asked.push(this.clock.now());
    const n = this.asked.length;
    await this.gate;
    if (this.failing !== undefined) throw this.failing;
    const { lifetimeMs } = this;
    return new BearerToken(
      `token-${n}`,
      lifetimeMs === undefined ? undefined : this.clock.now() + lifetimeMs,
    );
  }

  async started(): Promise<{ running: Promise<void> }> {
    const running = this.refresher.run(this.ctx);
    await this.clock.advance(0);
    return { running };
  }

  async current(): Promise<string> {
    return (await this.refresher.getToken()).secret.reveal();
  }
}

describe('TokenRefresher', () => {
  it('says ready at the first token, not before', async () => {
    const server = new Server();
    server.failing = new Error('down');
    await server.started();
    expect(server.ctx.isReady).toBe(false);
    server.failing = undefined;
    await server.clock.advance(5_000);
    expect(server.ctx.isReady).toBe(true);
  });

  it('gives all callers the one token, with one fetch', async () => {
    const server = new Server();
    const gate = Promise.withResolvers<void>();
    server.gate = gate.promise;
    await server.started();
    const callers = Array.from({ length: 100 }, () => server.current());
    gate.resolve();
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['token-1']));
    expect(server.asked).toEqual([0]);
  });

  it.each([
    { jitter: 0, at: 3_300_000 },
    { jitter: 0.5, at: 3_270_000 },
    { jitter: 0.999_999, at: 3_240_000.06 },
  ])(
    'refreshes the set time ahead of expiry, up to 60 s earlier by jitter ($jitter)',
    async ({ jitter, at }) => {
      const server = new Server();
      server.random = jitter;
      await server.started();
      await server.clock.advance(at - 1);
      expect(server.asked).toHaveLength(1);
      await server.clock.advance(1.1);
      expect(server.asked[1]).toBeCloseTo(at, 3);
      expect(await server.current()).toBe('token-2');
    },
  );

  it('never refreshes sooner than 10 s after the last fetch, and says once why it fetches so often', async () => {
    const server = new Server();
    server.lifetimeMs = 120_000;
    await server.started();
    await server.clock.advance(30_000);
    expect(server.asked).toEqual([0, 10_000, 20_000, 30_000]);
    expect(server.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(server.log.text).toContain('fetched every 10 s');
  });

  it('never refreshes a token without expiry', async () => {
    const server = new Server();
    server.lifetimeMs = undefined;
    await server.started();
    await server.clock.advance(10 * 365 * 86_400_000);
    expect(server.asked).toHaveLength(1);
    expect(server.clock.pending).toBe(0);
    expect(await server.current()).toBe('token-1');
  });

  it('backs off 10 s doubling to 300 s, at least half of it when jitter is least', async () => {
    const server = new Server();
    server.failing = new Error('down');
    await server.started();
    await server.clock.advance(600_000);
    expect(gaps(server.asked)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 150_000, 150_000]);
  });

  it('backs off all of it when jitter is most, and starts over after a success', async () => {
    const server = new Server();
    server.random = 1;
    server.failing = new Error('down');
    await server.started();
    await server.clock.advance(1_210_000);
    expect(gaps(server.asked)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
    server.failing = undefined;
    await server.clock.advance(300_000);
    expect(await server.current()).toBe('token-10');
    server.failing = new Error('down again');
    const before = server.asked.length;
    await server.clock.advance(3_600_000 - 360_000 + 10_000);
    expect(gaps(server.asked.slice(before))).toEqual([10_000]);
  });

  it('remembers a failure for its back-off, and causes no fetch by being asked', async () => {
    const server = new Server();
    server.failing = new Error('the door is shut');
    await server.started();
    await server.clock.advance(4_999);
    const error = await server.current().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TraitError);
    expect(error).toMatchObject({
      message: "extension 'auth' (bearer_token_provider): cannot get a token: the door is shut",
      cause: server.failing,
    });
    expect(server.asked).toHaveLength(1);
  });

  it('lets callers wait for the attempt that follows a back-off', async () => {
    const server = new Server();
    server.failing = new Error('down');
    await server.started();
    const gate = Promise.withResolvers<void>();
    server.gate = gate.promise;
    server.failing = undefined;
    await server.clock.advance(5_000);
    const caller = server.current();
    gate.resolve();
    expect(await caller).toBe('token-2');
  });

  it('keeps giving the current token while refreshing fails, until 30 s before it expires', async () => {
    const server = new Server();
    await server.started();
    server.failing = new Error('down');
    await server.clock.advance(3_569_999);
    expect(await server.current()).toBe('token-1');
    await server.clock.advance(1);
    await expect(server.current()).rejects.toThrow('down');
  });

  it('treats a token that arrives within 30 s of its expiry as a failure', async () => {
    const server = new Server();
    server.lifetimeMs = 30_000;
    await server.started();
    await expect(server.current()).rejects.toThrow(
      'the token that was issued expires in 30 s; tokens within 30 s of expiry are not used',
    );
    expect(server.ctx.isReady).toBe(false);
  });

  it('refuses a token that a header cannot carry, without showing it', async () => {
    const server = new Server();
    const refresher = new TokenRefresher({
      acquire: async () => new BearerToken('abc\r\nX-Evil: 1'),
      refreshAheadMs: 0,
      clock: server.clock,
      log: server.log,
      errors,
    });
    void refresher.run(server.ctx);
    await server.clock.advance(0);
    const error = await refresher.getToken().catch((caught: unknown) => caught);
    expect(inspect(error)).toContain('cannot carry');
    expect(inspect(error) + server.log.text).not.toContain('X-Evil');
  });

  it('makes a caller in the gap between a short token and the next fetch wait for that fetch', async () => {
    const server = new Server();
    server.lifetimeMs = 35_000;
    await server.started();
    await server.clock.advance(6_000);
    const caller = server.current();
    await server.clock.advance(4_000);
    expect(await caller).toBe('token-2');
    expect(server.asked).toEqual([0, 10_000]);
  });

  it('cancels the fetch in flight at shutdown and turns waiting callers away', async () => {
    const server = new Server();
    server.gate = new Promise(() => {});
    const { running } = await server.started();
    const caller = server.current();
    server.ctx.stop();
    await running;
    expect(server.signal?.aborted).toBe(true);
    await expect(caller).rejects.toThrow('has stopped and gives no more tokens');
    expect(server.clock.pending).toBe(0);
    expect(server.log.lines).toEqual([]);
  });

  it('gives nothing before it runs', async () => {
    await expect(new Server().current()).rejects.toThrow('has not started, so it has no token yet');
  });

  it('runs once', async () => {
    const server = new Server();
    await server.started();
    await expect(server.refresher.run(server.ctx)).rejects.toThrow('runs once');
  });
});

describe('the token stream', () => {
  it('gives a late subscriber the current token at once, then each refreshed one', async () => {
    const server = new Server();
    await server.started();
    const stream = server.refresher.tokenStream()[Symbol.asyncIterator]();
    expect(await next(stream)).toBe('token-1');
    const refreshed = next(stream);
    await server.clock.advance(3_300_000);
    expect(await refreshed).toBe('token-2');
  });

  it('is not ended by a failed refresh', async () => {
    const server = new Server();
    await server.started();
    const stream = server.refresher.tokenStream()[Symbol.asyncIterator]();
    await next(stream);
    const after = next(stream);
    server.failing = new Error('down');
    await server.clock.advance(3_300_000);
    server.failing = undefined;
    await server.clock.advance(5_000);
    expect(await after).toBe('token-3');
  });

  it('ends when the extension stops', async () => {
    const server = new Server();
    const { running } = await server.started();
    const seen: string[] = [];
    const following = (async () => {
      for await (const token of server.refresher.tokenStream()) seen.push(token.secret.reveal());
    })();
    await server.clock.advance(0);
    server.ctx.stop();
    await Promise.all([running, following]);
    expect(seen).toEqual(['token-1']);
  });
});

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

async function next(stream: AsyncIterator<BearerToken>): Promise<string | undefined> {
  const step = await stream.next();
  return step.done === true ? undefined : step.value.secret.reveal();
}
