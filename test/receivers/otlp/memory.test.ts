import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { framePrefix } from '../../../src/authoring.js';
import { callHttp } from './http-client.js';
import { MeasuredReceiver } from './measured-receiver.js';
import { rawGrpcCall } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { sendTinyChunks, sendTinyFrames } from './tiny-chunks.js';

const MIB = 1024 * 1024;

const bombs = {
  gzip: gzipSync(Buffer.alloc(64 * MIB)),
  zstd: zstdCompressSync(Buffer.alloc(64 * MIB)),
};

async function attack(receiver: MeasuredReceiver): Promise<void> {
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
    await receiver.advance(5_000);
  }
  await closed;
}

it('memory comes back after bombs, oversized and half-sent requests', async () => {
  await using receiver = await MeasuredReceiver.start();
  await attack(receiver);
  const before = await receiver.measure();
  for (let round = 0; round < 5; round++) await attack(receiver);
  const after = await receiver.measure();
  expect(after.received - before.received).toBeGreaterThan(5 * 20 * MIB);
  expect(after.inUse - before.inUse).toBeLessThan(8 * MIB);
  expect(await receiver.sent()).toEqual([]);
  expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
}, 60_000);

const message = logsRequest(1, 4 * MIB - 64);
const digest = createHash('sha256').update(message).digest('hex');

it.each([
  ['http', sendTinyChunks],
  ['grpc', sendTinyFrames],
] as const)(
  'a message over %s in hundreds of thousands of chunks takes no more than one in a few',
  async (protocol, send) => {
    await using receiver = await MeasuredReceiver.start();
    using socket = await openSocket(receiver[protocol]);
    const before = await receiver.measure();
    const finish = await send(socket, message, 16);
    // What is still under way arrives meanwhile; the most that was held counts.
    let most = 0;
    let all = false;
    while (!all) {
      const { inUse, received } = await receiver.measure();
      most = Math.max(most, inUse - before.inUse);
      all = received === socket.socket.bytesWritten;
    }
    expect(most).toBeLessThan(12 * MIB);
    finish();
    await sentOn(receiver);
  },
  60_000,
);

it.each([
  ['http', sendTinyChunks],
  ['grpc', sendTinyFrames],
] as const)(
  'nor does one over %s that waits for the authorizer',
  async (protocol, send) => {
    await using receiver = await MeasuredReceiver.start('undecided');
    using socket = await openSocket(receiver[protocol]);
    const before = await receiver.measure();
    const sending = send(socket, message, 16);
    let most = 0;
    let arrived = 0;
    // Until the receiver reads no more, whether or not that was all.
    for (let quiet = 0; quiet < 5; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { inUse, received } = await receiver.measure();
      most = Math.max(most, inUse - before.inUse);
      if (received !== arrived || received === 0) quiet = 0;
      arrived = received;
    }
    expect(most).toBeLessThan(12 * MIB);
    expect(await receiver.sent()).toEqual([]);
    await receiver.allow();
    (await sending)();
    await sentOn(receiver);
  },
  60_000,
);

/** Waits until the receiver has sent something on, which has to be the message. */
async function sentOn(receiver: MeasuredReceiver): Promise<void> {
  let sent: readonly string[] = [];
  while (sent.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    sent = await receiver.sent();
  }
  expect(sent).toEqual([digest]);
}
