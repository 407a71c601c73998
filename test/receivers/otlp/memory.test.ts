import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { type AuthorizationDecision, BearerTokenAuthorizer, framePrefix } from '../../../src/authoring.js';
import { provide } from '../../../src/testing/index.js';
import { callHttp } from './http-client.js';
import { rawGrpcCall } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';
import { sendTinyChunks, sendTinyFrames } from './tiny-chunks.js';

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after everything that can go has gone. */
async function inUse(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { external, heapUsed } = process.memoryUsage();
  return heapUsed + external;
}

const bombs = {
  gzip: gzipSync(Buffer.alloc(64 * MIB)),
  zstd: zstdCompressSync(Buffer.alloc(64 * MIB)),
};

async function attack(receiver: RunningReceiver): Promise<void> {
  for (const [encoding, bomb] of Object.entries(bombs)) {
    const statuses = await Promise.all([
      ...Array.from({ length: 10 }, () =>
        callHttp(receiver.http, { headers: { 'content-encoding': encoding }, body: bomb }).then(
          (a) => a.status,
        ),
      ),
      ...Array.from({ length: 10 }, () =>
        rawGrpcCall(receiver.grpc, {
          headers: { 'grpc-encoding': encoding },
          message: bomb,
          compressed: true,
        }).then((a) => a.headers['grpc-status']),
      ),
    ]);
    expect(new Set(statuses)).toEqual(new Set([413, '8']));
  }
  // Oversized, by announcement and by fact.
  expect((await callHttp(receiver.http, { body: Buffer.alloc(8 * MIB) })).status).toBe(413);
  const chunked = { 'transfer-encoding': 'chunked' };
  expect((await callHttp(receiver.http, { headers: chunked, body: Buffer.alloc(8 * MIB) })).status).toBe(413);
  await rawGrpcCall(receiver.grpc, { body: framePrefix(8 * MIB, false), unfinished: true });
  // Half sent: a megabyte of each body, and then nothing.
  const half = Buffer.concat([framePrefix(2 * MIB, false), Buffer.alloc(MIB)]);
  const open = Array.from({ length: 10 }, () => rawGrpcCall(receiver.grpc, { body: half, unfinished: true }));
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(receiver.http)));
  for (const socket of sockets) {
    socket.send(
      'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 2097152\r\n\r\n',
    );
    socket.send(Buffer.alloc(MIB));
  }
  let over = false;
  const closed = Promise.all([...open, ...sockets.map((socket) => socket.closed)]).finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await receiver.clock.advance(5_000);
  }
  await closed;
}

it('memory comes back after bombs, oversized and half-sent requests', async () => {
  await using receiver = await runReceiver();
  await attack(receiver);
  const before = await inUse();
  for (let round = 0; round < 5; round++) await attack(receiver);
  const grown = (await inUse()) - before;
  expect(grown).toBeLessThan(8 * MIB);
  expect(receiver.effect.sent).toHaveLength(0);
  expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
}, 60_000);

it.each([
  ['http', sendTinyChunks],
  ['grpc', sendTinyFrames],
] as const)(
  'a message over %s in hundreds of thousands of chunks takes no more than one in a few',
  async (protocol, send) => {
    const message = logsRequest(1, 4 * MIB - 64);
    await using receiver = await runReceiver({ http: {}, grpc: {} });
    using socket = await openSocket(receiver[protocol]);
    const before = await inUse();
    const finish = await send(socket, message, 16);
    // What is still under way arrives meanwhile; the most that was held counts.
    let most = 0;
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      most = Math.max(most, (await inUse()) - before);
    }
    expect(most).toBeLessThan(12 * MIB);
    finish();
    while (receiver.effect.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [sent] = receiver.effect.sent;
    expect(Buffer.compare(sent?.pdata.bytes ?? Buffer.alloc(0), message)).toBe(0);
  },
  120_000,
);

it.each([
  ['http', sendTinyChunks],
  ['grpc', sendTinyFrames],
] as const)(
  'nor does one over %s that waits for the authorizer',
  async (protocol, send) => {
    const decision = Promise.withResolvers<AuthorizationDecision>();
    const undecided = provide(BearerTokenAuthorizer, { authorize: () => decision.promise });
    await using receiver = await runReceiver({ http: {}, grpc: {} }, { extensions: [undecided] });
    using socket = await openSocket(receiver[protocol]);
    const message = logsRequest(1, 4 * MIB - 64);
    const before = await inUse();
    const sending = send(socket, message, 16);
    let most = 0;
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      most = Math.max(most, (await inUse()) - before);
    }
    // The 2 MiB or so that the client has under way count too.
    expect(most).toBeLessThan(16 * MIB);
    expect(receiver.effect.sent).toHaveLength(0);
    decision.resolve({ allowed: true, identity: { subject: 'agent' } });
    (await sending)();
    while (receiver.effect.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [sent] = receiver.effect.sent;
    expect(Buffer.compare(sent?.pdata.bytes ?? Buffer.alloc(0), message)).toBe(0);
  },
  120_000,
);
