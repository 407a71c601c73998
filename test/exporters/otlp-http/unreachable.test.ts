import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Nack } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../fixtures/eventually.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { OtlpHttpServer } from './otlp-http-server.js';

/** The first pause is a second, a fifth more or less. */
const LONGEST_FIRST_PAUSE = 1_200;

let clock: FakeClock;
let port: number;
let made: MadeExporter;
let server: OtlpHttpServer | undefined;

beforeEach(async () => {
  clock = new FakeClock();
  const gone = await OtlpHttpServer.start();
  port = gone.port;
  await gone.stop();
  made = makeExporter({ endpoint: `http://127.0.0.1:${port}` }, { clock });
});

afterEach(async () => {
  await made.exporter.shutdown();
  await server?.stop();
  server = undefined;
});

function send(signal = noAbort()): Promise<string> {
  return made.exporter.export(payload('logs'), signal).then(
    () => 'delivered',
    (nack: Nack) => `${nack.permanent ? 'permanent' : 'retryable'}: ${nack.message}`,
  );
}

/** All that were sent are held. */
async function waiting(): Promise<void> {
  // The calls have one timer for their limits, beside the one for the pause. They get that far without waiting for
  // anything from outside, so that after a turn of the event loop all of them have.
  await eventually(() => clock.pending === 2);
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a server that cannot be reached', () => {
  it('fails the first request at once and holds the next until a pause is over', async () => {
    expect(await send()).toMatch(/^retryable: .*ECONNREFUSED/);
    const second = send();
    const third = send();
    await waiting();
    server = await OtlpHttpServer.start({ port });
    await clock.advance(790);
    expect(server.connections).toBe(0);
    await clock.advance(LONGEST_FIRST_PAUSE - 790);
    expect(await Promise.all([second, third])).toEqual(['delivered', 'delivered']);
    expect(clock.pending).toBe(0);
  });

  it('is tried by one request, whose failure is that of all that wait, after pauses that grow', async () => {
    await send();
    expect(clock.nextIn).toBeLessThanOrEqual(LONGEST_FIRST_PAUSE);
    const held = [send(), send(), send()];
    await waiting();
    await clock.advance(LONGEST_FIRST_PAUSE);
    for (const outcome of await Promise.all(held)) expect(outcome).toMatch(/^retryable: .*ECONNREFUSED/);
    expect(clock.pending).toBe(1);
    expect(clock.nextIn).toBeGreaterThan(1_600 * 0.79 - LONGEST_FIRST_PAUSE);
    expect(made.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is tried without delay again once it was reached', async () => {
    await send();
    server = await OtlpHttpServer.start({ port });
    await clock.advance(LONGEST_FIRST_PAUSE);
    expect(await send()).toBe('delivered');
    expect(await send()).toBe('delivered');
    expect(clock.pending).toBe(0);
  });

  it('does not hold a request that is stopped, which says what is wrong', async () => {
    await send();
    const stop = new AbortController();
    const second = send(stop.signal);
    await waiting();
    stop.abort();
    expect(await second).toMatch(/^retryable: .*the pipeline stopped.*ECONNREFUSED/);
  });

  it('does not hold a request beyond its time-out', async () => {
    await made.exporter.shutdown();
    made = makeExporter({ endpoint: `http://127.0.0.1:${port}`, http: { timeout: '100ms' } }, { clock });
    await send();
    const second = send();
    await waiting();
    await clock.advance(100);
    expect(await second).toMatch(/^retryable: .*no answer within 100 ms; .*ECONNREFUSED/);
  });

  it('does not hold the shutdown', async () => {
    await send();
    const second = send();
    await waiting();
    await made.exporter.shutdown();
    expect(await second).toMatch(/^retryable: .*ECONNREFUSED/);
    expect(clock.pending).toBe(0);
  });
});
