import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/index.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { accept, OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { freePort } from '../fixtures/free-port.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callHttp } from '../receivers/otlp/http-client.js';

const REQUESTS = 200;
const CLIENTS = 10;
const MAX_IN_FLIGHT = 2;

let alive: OtlpHttpServer;
let clock: FakeClock;
let running: RunningEngine;
let deadPort: number;

beforeEach(async () => {
  alive = await OtlpHttpServer.start();
  deadPort = await freePort();
  clock = new FakeClock();
});

afterEach(async () => {
  await alive.stop();
});

/** Two exporters that compete; nobody is at the other end of one. */
const competing = (pooled: boolean): object => {
  // Long, for the test moves the clock; what the receiver owes its client is told apart by no time-out.
  const timeout = '1h';
  const exporter = (endpoint: string): object => ({
    type: 'exporter:otlp_http',
    ...(pooled && { capabilities: { http_connection_pool: 'pool' } }),
    config: { endpoint, max_in_flight: MAX_IN_FLIGHT, http: { timeout } },
  });
  return onePipeline({
    ...(pooled && { extensions: { pool: { type: 'extension:http_pool' } } }),
    nodes: {
      in: {
        type: 'receiver:otlp',
        config: {
          protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true, timeout } },
        },
      },
      dead: exporter(`http://127.0.0.1:${deadPort}`),
      alive: exporter(alive.endpoint),
    },
    connections: [{ from: 'in', to: ['dead', 'alive'], policies: { dispatch: 'one_of' } }],
  });
};

/** Clients that send each request again while they are told to, as an SDK does. */
class Clients {
  refusals = 0;
  readonly done: Promise<void>;
  #next = 0;

  constructor(address: string) {
    const bodies = Array.from({ length: REQUESTS }, (_, index) =>
      sampleRequest('logs', { service: `request-${index}` }),
    );
    this.done = Promise.all(Array.from({ length: CLIENTS }, () => this.#send(address, bodies))).then(
      () => {},
    );
  }

  async #send(address: string, bodies: readonly Uint8Array[]): Promise<void> {
    for (let body = bodies[this.#next++]; body !== undefined; body = bodies[this.#next++]) {
      for (;;) {
        const { status } = await callHttp(address, { body });
        if (status === 200) break;
        expect(status).toBe(503);
        this.refusals += 1;
      }
    }
  }
}

describe.each([
  ['connections of their own', false],
  ['one http_connection_pool', true],
])('dispatch one_of with a dead destination and one that is alive, over %s', (_, pooled) => {
  beforeEach(async () => {
    running = await RunningEngine.start(competing(pooled), { clock });
  });

  it('delivers everything through the living one; the dead one holds a few for a pause and takes no more', async () => {
    const clients = new Clients(running.address('in', 'http'));
    // The clock stands still, and so does the pause before the dead one tries again.
    await eventually(() => alive.received.length === REQUESTS - MAX_IN_FLIGHT);
    expect(clients.refusals).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    // What it held is refused after a pause, sent again, and delivered once.
    let over = false;
    const done = clients.done.then(() => {
      over = true;
    });
    let pauses = 0;
    for (; !over; pauses++) {
      const before = clients.refusals;
      await clock.advance(30_000 * 1.2);
      await eventually(() => over || clients.refusals > before);
    }
    await done;
    expect(clients.refusals).toBeLessThanOrEqual(MAX_IN_FLIGHT * (1 + pauses));
    expect(new Set(alive.received.map(({ body }) => body.toString('latin1'))).size).toBe(REQUESTS);
    expect(alive.received).toHaveLength(REQUESTS);
    expect(await running.stop()).toMatchObject([{ exported: REQUESTS, failed: clients.refusals }]);
    expect(running.log.text.split('; trying again')).toHaveLength(2);
  });

  it('shares out between both again when the dead one has come to life', async () => {
    const clients = new Clients(running.address('in', 'http'));
    await eventually(() => alive.received.length === REQUESTS - MAX_IN_FLIGHT);
    const risen = await OtlpHttpServer.start({ port: deadPort });
    await clock.advance(30_000 * 1.2);
    await clients.done;
    expect(clients.refusals).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    expect(risen.received).toHaveLength(MAX_IN_FLIGHT);
    const again = new Clients(running.address('in', 'http'));
    await again.done;
    expect(again.refusals).toBe(0);
    expect(risen.received.length).toBeGreaterThan(MAX_IN_FLIGHT + REQUESTS / 10);
    await running.stop();
    await risen.stop();
  });
});

describe('dispatch one_of with a destination that refuses at once and one that works', () => {
  it('delivers everything through the one that works, until the other does too', async () => {
    const busy = await OtlpHttpServer.start({ port: deadPort });
    busy.answer = (response) => response.writeHead(503).end();
    running = await RunningEngine.start(competing(false), { clock });
    const clients = new Clients(running.address('in', 'http'));
    // The clock stands still, and so does the pause in which the one that refuses is left alone.
    await eventually(() => alive.received.length === REQUESTS - MAX_IN_FLIGHT);
    expect(busy.received.length).toBeLessThanOrEqual(2 * MAX_IN_FLIGHT);
    await eventually(() => clients.refusals === busy.received.length);
    busy.answer = (response) => accept(response);
    const refused = busy.received.length;
    await clock.advance(1_200);
    await clients.done;
    expect(busy.received.length - refused).toBe(MAX_IN_FLIGHT);
    expect(await running.stop()).toMatchObject([{ exported: REQUESTS, failed: clients.refusals }]);
    await busy.stop();
  });
});
