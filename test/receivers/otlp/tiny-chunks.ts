import { once } from 'node:events';
import {
  ACK,
  callHeaders,
  DATA,
  END_STREAM,
  GREETING,
  h2Frame,
  SETTINGS,
  SETTINGS_TAKEN,
} from './http2-frames.js';
import type { RawSocket } from './raw-socket.js';

const BATCH_BYTES = 256 * 1024;

/** Sends all of a message but its last byte, in pieces of `size` bytes, and returns how to send that one. */
export type TinySender = (socket: RawSocket, message: Uint8Array, size: number) => Promise<() => void>;

/** As chunks of an HTTP/1.1 body. */
export const sendTinyChunks: TinySender = async (socket, message, size) => {
  socket.send(
    'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = (piece: Uint8Array): Uint8Array[] => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ];
  await sendPieces(socket, message.subarray(0, -1), size, chunk);
  return () => {
    for (const part of chunk(message.subarray(-1))) socket.send(part);
    socket.send('0\r\n\r\n');
  };
};

/** As DATA frames of a gRPC call. */
export const sendTinyFrames: TinySender = async (socket, message, size) => {
  socket.send(GREETING);
  await socket.receives(SETTINGS_TAKEN);
  socket.send(h2Frame(SETTINGS, ACK, 0));
  socket.send(callHeaders(1));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  socket.send(h2Frame(DATA, 0, 1, prefix));
  await sendPieces(socket, message.subarray(0, -1), size, (piece) => [h2Frame(DATA, 0, 1, piece)]);
  return () => socket.send(h2Frame(DATA, END_STREAM, 1, message.subarray(-1)));
};

async function sendPieces(
  { socket }: RawSocket,
  bytes: Uint8Array,
  size: number,
  wrap: (piece: Uint8Array) => Uint8Array[],
): Promise<void> {
  let batch: Uint8Array[] = [];
  let batched = 0;
  for (let at = 0; at < bytes.length; at += size) {
    for (const part of wrap(bytes.subarray(at, at + size))) {
      batch.push(part);
      batched += part.length;
    }
    if (batched < BATCH_BYTES && at + size < bytes.length) continue;
    if (!socket.write(Buffer.concat(batch))) await once(socket, 'drain');
    batch = [];
    batched = 0;
  }
}
