import { constants } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Nack } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../fixtures/eventually.js';
import { FreezingProxy } from '../fixtures/freezing-proxy.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { OtlpGrpcServer } from './otlp-grpc-server.js';
import { RawHttp2Server } from './raw-http2-server.js';

const made: MadeExporter[] = [];
let server: RawHttp2Server;

beforeEach(async () => {
  server = await RawHttp2Server.start();
});

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await server.stop();
});

function make(...args: Parameters<typeof makeExporter>): MadeExporter {
  const one = makeExporter(...args);
  made.push(one);
  return one;
}

function send({ exporter }: MadeExporter, signal = noAbort()): Promise<unknown> {
  return exporter.export(payload('logs'), signal);
}

async function nackOf(delivery: Promise<unknown>): Promise<Nack> {
  return delivery.then(
    () => {
      throw new Error('it was delivered');
    },
    (nack: Nack) => nack,
  );
}

/** A server that accepts connections and never says a word. */
async function muteServer(): Promise<{ server: Server; endpoint: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    mute.listen(0, '127.0.0.1', resolve);
  });
  const address = mute.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server: mute, endpoint: `http://127.0.0.1:${port}`, sockets };
}

describe('a server that is not there', () => {
  it('makes exports fail at once, so that they may be retried', async () => {
    await server.stop();
    const exporter = make({ grpc_endpoint: server.endpoint }, { clock: new FakeClock() });
    expect(await nackOf(send(exporter))).toMatchObject({
      permanent: false,
      message: expect.stringMatching(/^cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    server = await RawHttp2Server.start();
  });

  it('is tried again after a pause that grows, and logged once', async () => {
    const { port } = server;
    await server.stop();
    const clock = new FakeClock();
    const exporter = make({ grpc_endpoint: `127.0.0.1:${port}`, timeout: '5m' }, { clock });
    await nackOf(send(exporter));
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const next = nackOf(send(exporter));
      await eventually(() => clock.nextIn !== undefined);
      pauses.push(clock.nextIn as number);
      await clock.advance(clock.nextIn as number);
      await next;
    }
    const expected = [1_000, 1_600, 2_560, 4_096];
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual((expected[index] as number) * 0.79);
      expect(pause).toBeLessThanOrEqual((expected[index] as number) * 1.21);
    }
    expect(exporter.logger.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
    server = await RawHttp2Server.start({ port });
    const delivery = send(exporter);
    await clock.advance(clock.nextIn as number);
    await delivery;
    expect(exporter.logger.lines.at(-1)).toMatchObject({ level: 'info', message: 'connected again' });
  });

  it('that does not greet in time counts as not there', async () => {
    const mute = await muteServer();
    const clock = new FakeClock();
    const exporter = make({ grpc_endpoint: mute.endpoint, connect_timeout: '3s' }, { clock });
    const delivery = nackOf(send(exporter));
    await eventually(() => mute.sockets.length === 1);
    await clock.advance(3_000);
    expect(await delivery).toMatchObject({
      permanent: false,
      message: expect.stringContaining('no answer within 3000 ms'),
    });
    mute.server.close();
  });
});

describe('a server that restarts', () => {
  it('loses nothing that is sent again', async () => {
    let grpc = await OtlpGrpcServer.start();
    const { port } = grpc;
    const exporter = make({ grpc_endpoint: grpc.endpoint });
    await send(exporter);
    grpc.stop();
    grpc = await OtlpGrpcServer.start({ port });
    let tries = 0;
    for (let delivered = false; !delivered; tries++) {
      delivered = await send(exporter).then(
        () => true,
        (nack: Nack) => {
          expect(nack.permanent).toBe(false);
          return false;
        },
      );
    }
    expect(tries).toBeLessThanOrEqual(2);
    expect(grpc.received).toHaveLength(1);
    grpc.stop();
  });

  it('and says goodbye first ends the calls under way', async () => {
    const grpc = await OtlpGrpcServer.start();
    let finish = (): void => {};
    grpc.answer = () =>
      new Promise((resolve) => {
        finish = () => resolve(new Uint8Array(0));
      });
    const exporter = make({ grpc_endpoint: grpc.endpoint });
    const underWay = send(exporter);
    await eventually(() => grpc.received.length === 1);
    const drained = grpc.drain();
    finish();
    await underWay;
    await drained;
  });

  it('in the middle of a call makes it retryable', async () => {
    server.respond = () => {
      for (const session of server.sessions) session.destroy();
    };
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({
      permanent: false,
      message: expect.stringContaining('UNAVAILABLE'),
    });
  });
});

describe('GOAWAY', () => {
  it('moves new calls to a new connection while the old ones finish', async () => {
    const exporter = make({ grpc_endpoint: server.endpoint });
    let finish = (): void => {};
    server.respond = (stream) => {
      finish = () => void server.reply(stream);
    };
    const old = send(exporter);
    await eventually(() => server.calls.length === 1);
    for (const session of server.sessions) session.goaway(constants.NGHTTP2_NO_ERROR, 1);
    server.respond = (stream) => void server.reply(stream);
    await eventually(() => server.sessions.size === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await send(exporter);
    expect(server.sessionsOpened).toBe(2);
    finish();
    await old;
  });

  it('has the calls sent again that are above its last stream, and no others', async () => {
    const exporter = make({ grpc_endpoint: server.endpoint });
    let finish = (): void => {};
    server.respond = (stream) => {
      finish = () => void server.reply(stream);
    };
    const below = send(exporter);
    await eventually(() => server.calls.length === 1);
    server.begin = (stream) => {
      server.begin = () => {};
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 1);
    };
    server.respond = (stream) => void server.reply(stream);
    await send(exporter);
    expect(server.sessionsOpened).toBe(2);
    finish();
    await below;
  });

  it('in the middle of a call that is never answered ends the connection with the call', async () => {
    const clock = new FakeClock();
    const exporter = make({ grpc_endpoint: server.endpoint, timeout: '10s' }, { clock });
    server.respond = (stream) => stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
    const delivery = nackOf(send(exporter));
    await eventually(() => server.calls.length === 1);
    await clock.advance(10_000);
    expect(await delivery).toMatchObject({ permanent: false });
    await eventually(() => server.sessions.size === 0);
  });
});

describe('a stream', () => {
  it('that is refused may be retried', async () => {
    server.begin = (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({
      permanent: false,
      message: expect.stringContaining(
        'UNAVAILABLE: the server ended the call without a status (REFUSED_STREAM)',
      ),
    });
  });

  it('that is refused once is sent again at once', async () => {
    server.begin = (stream) => {
      server.begin = () => {};
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    };
    await send(make({ grpc_endpoint: server.endpoint }));
    expect(server.calls).toHaveLength(1);
  });

  it('that a busy server resets may be retried', async () => {
    server.begin = (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({ permanent: false });
  });

  it.each([
    [401, true, 'UNAUTHENTICATED'],
    [404, true, 'UNIMPLEMENTED'],
    [429, false, 'UNAVAILABLE'],
    [502, false, 'UNAVAILABLE'],
    [503, false, 'UNAVAILABLE'],
    [500, true, 'UNKNOWN'],
  ])('answered with HTTP status %i by a proxy: permanent %s', async (status, permanent, name) => {
    server.respond = (stream) => {
      stream.respond({ ':status': status, 'content-type': 'text/html' });
      stream.end('<h1>no</h1>');
    };
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({
      permanent,
      message: expect.stringContaining(`${name}: the server answered with HTTP status ${status}`),
    });
  });

  it('answered with trailers only is understood', async () => {
    server.respond = () => {};
    server.begin = (stream) =>
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '3',
          'grpc-message': 'not%20OTLP',
        },
        { endStream: true },
      );
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({
      permanent: true,
      message: expect.stringContaining('INVALID_ARGUMENT: not OTLP'),
    });
  });

  it('that announces an enormous response is cut', async () => {
    server.respond = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]));
    };
    expect(await nackOf(send(make({ grpc_endpoint: server.endpoint })))).toMatchObject({
      permanent: true,
      message: expect.stringContaining('larger than the limit of 4194304 bytes'),
    });
  });

  it.each([
    ['the server allows', { maxConcurrentStreams: 2 }, {}],
    ['concurrency_limit allows', {}, { concurrency_limit: 2 }],
  ])('is not opened beyond what %s at the same time', async (_what, serverSettings, settings) => {
    await server.stop();
    server = await RawHttp2Server.start({ settings: serverSettings });
    let open = 0;
    let most = 0;
    server.begin = (stream) => {
      open += 1;
      most = Math.max(most, open);
      stream.on('close', () => {
        open -= 1;
      });
    };
    const exporter = make({ grpc_endpoint: server.endpoint, ...settings });
    await Promise.all(Array.from({ length: 20 }, () => send(exporter)));
    expect(server.calls).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(2);
    expect(server.sessionsOpened).toBe(1);
  });
});

describe('a server that hangs', () => {
  it('costs no more than the time-out, and the call may be retried', async () => {
    server.respond = () => {};
    const clock = new FakeClock();
    const exporter = make(
      { grpc_endpoint: server.endpoint, timeout: '10s', http2_keepalive_interval: null },
      { clock },
    );
    const delivery = nackOf(send(exporter));
    await eventually(() => server.calls.length === 1);
    expect(server.calls[0]?.headers['grpc-timeout']).toBe('10000m');
    await clock.advance(10_000);
    expect(await delivery).toMatchObject({
      permanent: false,
      message: expect.stringContaining('DEADLINE_EXCEEDED: no answer within 10000 ms'),
    });
  });

  it('does not hold the drain', async () => {
    server.respond = () => {};
    const drain = new AbortController();
    const delivery = nackOf(send(make({ grpc_endpoint: server.endpoint }), drain.signal));
    await eventually(() => server.calls.length === 1);
    drain.abort();
    expect(await delivery).toMatchObject({
      permanent: false,
      message: expect.stringContaining('the pipeline stopped before the server answered'),
    });
  });

  it('and takes no data does not hold the drain either', async () => {
    server.begin = (stream) => void stream.pause();
    const drain = new AbortController();
    const exporter = make({ grpc_endpoint: server.endpoint });
    const delivery = nackOf(exporter.exporter.export(payload('logs', 5_000_000), drain.signal));
    await eventually(() => server.sessions.size === 1);
    drain.abort();
    expect(await delivery).toMatchObject({ permanent: false });
  });
});

describe('a connection that died without a word', () => {
  it('is noticed by a ping that is not answered, and replaced', async () => {
    const clock = new FakeClock();
    const proxy = await FreezingProxy.start(server.port);
    const exporter = make({ grpc_endpoint: `127.0.0.1:${proxy.port}`, timeout: '5m' }, { clock });
    await send(exporter);
    proxy.freeze();
    const lost = nackOf(send(exporter));
    await clock.advance(30_000);
    await clock.advance(10_000);
    expect(await lost).toMatchObject({
      permanent: false,
      message: expect.stringContaining('no answer to a ping within 10000 ms'),
    });
    await send(exporter);
    expect(server.sessionsOpened).toBe(2);
    proxy.stop();
  });

  it('is not pinged when that is switched off', async () => {
    const clock = new FakeClock();
    const exporter = make({ grpc_endpoint: server.endpoint, http2_keepalive_interval: null }, { clock });
    await send(exporter);
    expect(clock.pending).toBe(0);
  });

  it('is pinged half as often after the server complained', async () => {
    const clock = new FakeClock();
    const exporter = make({ grpc_endpoint: server.endpoint }, { clock });
    await send(exporter);
    expect(clock.nextIn).toBe(30_000);
    for (const session of server.sessions) {
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
    }
    await eventually(() => clock.pending === 0);
    await send(exporter);
    expect(clock.nextIn).toBe(60_000);
  });
});

describe('shutdown', () => {
  it('closes the connections and leaves no timer', async () => {
    const clock = new FakeClock();
    const { exporter } = makeExporter({ grpc_endpoint: server.endpoint, num_connections: 2 }, { clock });
    await Promise.all([
      exporter.export(payload('logs'), noAbort()),
      exporter.export(payload('logs'), noAbort()),
    ]);
    await exporter.shutdown();
    await eventually(() => server.sessions.size === 0);
    expect(clock.pending).toBe(0);
  });

  it('of an exporter that never sent does nothing', async () => {
    await makeExporter({ grpc_endpoint: server.endpoint }).exporter.shutdown();
    expect(server.sessionsOpened).toBe(0);
  });
});
