import { connect } from 'node:http2';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeGrpcMessage, framePrefix } from '../../../src/authoring.js';
import { callGrpc } from './grpc-client.js';
import { type RawCall, rawGrpcCall, rawGrpcCallOn } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsRequest, malformedProtobuf } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

const MIB = 1024 * 1024;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const EMPTY_SETTINGS = Buffer.from('000000040000000000', 'hex');

describe('OTLP over gRPC refuses', () => {
  let receiver: RunningReceiver;
  beforeAll(async () => {
    receiver = await runReceiver({ grpc: {} });
  });
  afterAll(async () => receiver[Symbol.asyncDispose]());
  afterEach(async () => {
    // Whatever a test did, nothing of it got through, and the next call is served.
    expect(receiver.effect.sent).toHaveLength(0);
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
    receiver.effect.sent.length = 0;
  });

  /** Status and message of the answer, which must be trailers only. */
  async function refusal(call: RawCall): Promise<{ code: string; message: string }> {
    const { headers, body } = await rawGrpcCall(receiver.grpc, call);
    expect(headers[':status']).toBe(200);
    expect(headers['content-type']).toBe('application/grpc');
    expect(body).toHaveLength(0);
    return {
      code: String(headers['grpc-status']),
      message: decodeGrpcMessage(String(headers['grpc-message'])),
    };
  }

  it('an unknown method with UNIMPLEMENTED', async () => {
    const path = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export';
    const answer = await callGrpc(receiver.grpc, 'logs', logsRequest(), { path });
    expect(answer).toMatchObject({ code: 12, message: `unknown method '${path}'` });
  });

  it.each(['application/json', 'application/grpc+json', 'application/grpc-web', 'application/x-protobuf'])(
    'the content type %s with HTTP 415',
    async (type) => {
      const { headers } = await rawGrpcCall(receiver.grpc, { headers: { 'content-type': type } });
      expect(headers[':status']).toBe(415);
      expect(headers['grpc-status']).toBeUndefined();
    },
  );

  it('another verb than POST with HTTP 405', async () => {
    const { headers } = await rawGrpcCall(receiver.grpc, { headers: { ':method': 'PUT' } });
    expect(headers[':status']).toBe(405);
    expect(headers.allow).toBe('POST');
  });

  it('an unknown encoding with UNIMPLEMENTED, naming the known ones', async () => {
    const { headers } = await rawGrpcCall(receiver.grpc, { headers: { 'grpc-encoding': 'snappy' } });
    expect(headers['grpc-status']).toBe('12');
    expect(headers['grpc-accept-encoding']).toBe('identity,zstd,gzip,deflate');
    expect(headers['grpc-message']).toBe(
      'the encoding is not accepted here; accepted: identity,zstd,gzip,deflate',
    );
  });

  it('a compressed message in a call that named no encoding with INTERNAL', async () => {
    const call = { message: gzipSync(logsRequest()), compressed: true };
    expect(await refusal(call)).toEqual({
      code: '13',
      message: 'the message is marked as compressed, but the call has no grpc-encoding',
    });
  });

  it('malformed protobuf with INVALID_ARGUMENT, saying where', async () => {
    const { code, message } = await refusal({ message: malformedProtobuf });
    expect(code).toBe('3');
    expect(message).toMatch(/resource_?[lL]ogs/);
  });

  it('a message that is not the compression it claims to be with INVALID_ARGUMENT', async () => {
    const { code, message } = await refusal({ headers: { 'grpc-encoding': 'gzip' }, compressed: true });
    expect(code).toBe('3');
    expect(message).toBe('the message is not valid gzip data: incorrect header check');
  });

  it.each([
    ['no message', '', 'the gRPC call ended without a message'],
    ['half a prefix', '0000', 'the gRPC call ended within the 5-byte prefix of its message'],
    ['half a message', '0000000009ff', 'the gRPC call ended 8 bytes before its message did'],
    ['two messages', '00000000000000000000', 'a unary gRPC call carries one message; more follows'],
    ['a flag that is none', '0700000000', 'a gRPC message begins with 0 or 1; this one with 7'],
  ])('%s with INVALID_ARGUMENT', async (_, hex, message) => {
    expect(await refusal({ body: Buffer.from(hex, 'hex') })).toEqual({ code: '3', message });
  });

  it('a timeout that is none with INVALID_ARGUMENT', async () => {
    const answer = await refusal({ headers: { 'grpc-timeout': 'soon' } });
    expect(answer).toEqual({ code: '3', message: 'grpc-timeout is not a timeout' });
  });

  it('one whose client has no time left with DEADLINE_EXCEEDED', async () => {
    const answer = await refusal({ headers: { 'grpc-timeout': '0n' } });
    expect(answer).toEqual({ code: '4', message: 'the request did not arrive in time' });
  });

  it('a message over the limit with RESOURCE_EXHAUSTED that is final, also to a client that sends it all', async () => {
    const answer = await callGrpc(receiver.grpc, 'logs', logsRequest(1, 12 * MIB));
    expect(answer).toMatchObject({
      code: 8,
      message: 'the gRPC message is larger than the limit of 4194304 bytes',
      retryDelayMs: undefined,
    });
  });

  it('a message over the limit by its prefix alone, and tells the client to stop', async () => {
    const answer = await rawGrpcCall(receiver.grpc, { body: framePrefix(5 * MIB, false), unfinished: true });
    expect(answer.headers['grpc-status']).toBe('8');
    expect(answer.rstCode).toBe(0);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(64 * MIB))],
    ['zstd', zstdCompressSync(Buffer.alloc(64 * MIB))],
  ])('a %s bomb with RESOURCE_EXHAUSTED that is final', async (encoding, message) => {
    const { headers } = await rawGrpcCall(receiver.grpc, {
      headers: { 'grpc-encoding': encoding },
      message,
      compressed: true,
    });
    expect(headers['grpc-status']).toBe('8');
    expect(headers['grpc-message']).toBe(
      'the decompressed message is larger than the limit of 4194304 bytes',
    );
    expect(headers['grpc-status-details-bin']).toBeUndefined();
  });

  it('a call that is sent by halves with DEADLINE_EXCEEDED', async () => {
    const call = rawGrpcCall(receiver.grpc, { body: Buffer.from('0000000009ff', 'hex'), unfinished: true });
    let over = false;
    void call.finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await receiver.clock.advance(6_000);
    }
    const { headers, rstCode } = await call;
    expect(headers['grpc-status']).toBe('4');
    expect(headers['grpc-message']).toBe('the request did not arrive in time');
    expect(rstCode).toBe(0);
  });

  it('nothing of a call that is reset or whose connection is cut', async () => {
    const session = connect(`http://${receiver.grpc}`);
    session.on('error', () => {});
    const open = rawGrpcCallOn(session, { body: Buffer.from('0000000009ff', 'hex'), unfinished: true });
    await new Promise((resolve) => session.ping(resolve));
    session.socket.destroy();
    await open.catch(() => undefined);
  });

  it('clients that open and reset streams in a row', async () => {
    const session = connect(`http://${receiver.grpc}`);
    session.on('error', () => {});
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    for (let round = 0; round < 40 && !session.closed; round++) {
      for (let each = 0; each < 100 && !session.closed; each++) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/x',
          'content-type': 'application/grpc',
        });
        stream.on('error', () => {});
        stream.close(8);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
  });

  it.each([
    ['HTTP/1.1', 'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
    ['noise', 'noise that is nothing\r\n\r\n'.repeat(4)],
    [
      'a frame that is too large',
      Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS, Buffer.from('ffffff000000000001', 'hex')]),
    ],
    [
      'data for a stream that is not open',
      Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS, Buffer.from('00000100000000000161', 'hex')]),
    ],
  ])('%s by closing the connection', async (_, bytes) => {
    using socket = await openSocket(receiver.grpc);
    socket.send(bytes);
    await socket.closed;
  });

  it('a connection that stays silent, after a ping', async () => {
    using socket = await openSocket(receiver.grpc);
    socket.send(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS]));
    let closed = false;
    void socket.closed.then(() => {
      closed = true;
    });
    while (!closed) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await receiver.clock.advance(10_000);
    }
  });
});

describe('request_compression', () => {
  it('names what is taken beside none', async () => {
    await using receiver = await runReceiver({ grpc: { request_compression: 'gzip' } });
    const zstd = await rawGrpcCall(receiver.grpc, { headers: { 'grpc-encoding': 'zstd' } });
    expect(zstd.headers['grpc-status']).toBe('12');
    expect(zstd.headers['grpc-accept-encoding']).toBe('identity,gzip');
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest(), { compression: 2 })).code).toBe(0);
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
  });
});
