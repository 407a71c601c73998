import { describe, expect, it } from '@jest/globals';
import { encodeFrame } from '../../../src/authoring.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { callHeaders, DATA, GREETING, h2Frame, wholeCall } from './http2-frames.js';
import { type Measured, MeasuredReceiver } from './measured-receiver.js';
import { openSocket, type RawSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { runReceiver } from './running-receiver.js';

const MIB = 1024 * 1024;
const message = logsRequest(1, MIB);
const body = encodeFrame(message, false);

type Protocol = 'grpc' | 'http';

/** The message of an answer over gRPC: a frame of data with nothing but the prefix in it. */
const EMPTY_MESSAGE = '\0\0\x05\0\0\0\0\0\x01\0\0\0\0\0';

/** A request in one piece, and what is in its answer. */
const whole: Readonly<Record<Protocol, readonly [Buffer, string]>> = {
  grpc: [Buffer.concat([GREETING, wholeCall(1, logsRequest())]), EMPTY_MESSAGE],
  http: [Buffer.concat([httpHead(logsRequest().length), Buffer.from(logsRequest())]), 'HTTP/1.1 200 OK'],
};

/** The beginning of a request, half of it, and what a client that takes its time sends next. */
const halves: Readonly<Record<Protocol, Buffer>> = {
  grpc: Buffer.concat([
    GREETING,
    callHeaders(1),
    ...Array.from({ length: 3 }, (_, index) =>
      h2Frame(DATA, 0, 1, body.subarray(index * 16_384, (index + 1) * 16_384)),
    ),
  ]),
  http: Buffer.concat([httpHead(message.length), message.subarray(0, message.length / 2)]),
};

function httpHead(length: number): Buffer {
  return Buffer.from(
    `POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${length}\r\n\r\n`,
  );
}

function open(address: string, count: number): Promise<RawSocket[]> {
  return Promise.all(Array.from({ length: count }, () => openSocket(address)));
}

/** Opens connections and cuts them in the middle of a request: politely, or not. */
async function openAndCut(address: string, protocol: Protocol, count: number): Promise<void> {
  const sockets = await open(address, count);
  await Promise.all(
    sockets.map(
      ({ socket }) => new Promise<void>((sent) => void socket.write(halves[protocol], () => sent())),
    ),
  );
  for (const [index, { socket }] of sockets.entries()) {
    if (index % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  await Promise.all(sockets.map(({ closed }) => closed));
}

async function serves(receiver: { grpc: string; http: string }): Promise<void> {
  const [overGrpc, overHttp] = await Promise.all([
    callGrpc(receiver.grpc, 'logs', logsRequest()),
    callHttp(receiver.http, { body: logsRequest() }),
  ]);
  expect(overGrpc.code).toBe(0);
  expect(overHttp.status).toBe(200);
}

/** Waits until the receiver has noticed that connections are gone, and holds no more than it did. */
function returned(receiver: MeasuredReceiver, before: Measured): Promise<void> {
  return eventually(async () => (await receiver.measure()).inUse - before.inUse < 4 * MIB);
}

describe.each(['grpc', 'http'] as const)('over %s', (protocol) => {
  it('a thousand idle connections cost little, and the receiver goes on serving', async () => {
    await using receiver = await MeasuredReceiver.start();
    await serves(receiver);
    const before = await receiver.measure();
    const sockets = await open(receiver[protocol], 1_000);
    const [request, answer] = whole[protocol];
    for (const socket of sockets) {
      socket.send(request);
      await socket.receives(answer);
    }
    const during = await receiver.measure();
    await serves(receiver);
    expect((during.inUse - before.inUse) / sockets.length).toBeLessThan(16 * 1024);
    for (const socket of sockets) socket[Symbol.dispose]();
    await Promise.all(sockets.map(({ closed }) => closed));
    await serves(receiver);
    await returned(receiver, before);
  }, 60_000);

  it('200 connections that are cut in the middle of a request leave no memory behind', async () => {
    await using receiver = await MeasuredReceiver.start(undefined, { max_concurrent_requests: 300 });
    for (let request = 0; request < 10; request++) await serves(receiver);
    const before = await receiver.measure();
    for (let round = 0; round < 3; round++) {
      await Promise.all([openAndCut(receiver[protocol], protocol, 200), serves(receiver), serves(receiver)]);
    }
    expect((await receiver.measure()).received - before.received).toBeGreaterThan(3 * 200 * 40_000);
    await returned(receiver, before);
  }, 60_000);

  it('nor a request that counts, and others are answered meanwhile', async () => {
    await using receiver = await runReceiver({ [protocol]: { max_concurrent_requests: 201 } });
    const timers = receiver.clock.pending;
    const others = async (): Promise<void> => {
      if (protocol === 'grpc') expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
      else expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
    };
    const cut = openAndCut(receiver[protocol], protocol, 200);
    for (let request = 0; request < 10; request++) await others();
    await cut;
    // What is in work is looked at again and again, until there is nothing.
    await eventually(async () => {
      await receiver.clock.advance(100);
      return receiver.clock.pending === timers;
    });
    await Promise.all(Array.from({ length: 201 }, others));
    expect(receiver.effect.sent).toHaveLength(211);
    await receiver.stop();
  });
});
