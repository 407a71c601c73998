import { connect } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { OtlpReceiverConfig } from '../../../src/receivers/otlp/config.js';
import { OtlpReceiver } from '../../../src/receivers/otlp/index.js';
import { TestEffectHandler } from '../../../src/testing/index.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { GREETING, SETTINGS_TAKEN } from './http2-frames.js';
import { rawGrpcCallOn } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { runReceiver } from './running-receiver.js';

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const emptyPost =
  'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n';

describe('a receiver at its start', () => {
  it('opens no socket before', () => {
    const settings = OtlpReceiverConfig.parse({ protocols: { grpc: {}, http: {} } });
    const effect = new TestEffectHandler();
    expect(new OtlpReceiver(settings, effect)).toBeDefined();
    expect(effect.clock).toMatchObject({ pending: 0 });
  });

  it('says where it listens', async () => {
    await using receiver = await runReceiver();
    expect(receiver.grpc).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect(receiver.http).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    await using six = await runReceiver({ http: { listening_addr: '[::1]:0' } });
    expect(six.http).toMatch(/^\[::1\]:[1-9]\d*$/);
  });

  it.each(['grpc', 'http'] as const)('names the %s address that is taken', async (protocol) => {
    await using first = await runReceiver({ http: {} });
    await expect(runReceiver({ [protocol]: { listening_addr: first.http } })).rejects.toThrow(
      `cannot listen for OTLP over ${protocol} on ${first.http}: ` +
        `another process listens there; stop it or choose another protocols.${protocol}.listening_addr`,
    );
  });

  it('names an address that is not of this machine', async () => {
    await expect(runReceiver({ http: { listening_addr: '192.0.2.1:4318' } })).rejects.toThrow(
      'cannot listen for OTLP over http on 192.0.2.1:4318: ' +
        'this machine has no such address; choose another protocols.http.listening_addr',
    );
  });

  it('leaves no socket behind when one of two cannot be had', async () => {
    await using first = await runReceiver({ http: {} });
    const log = await runReceiver({ grpc: {}, http: { listening_addr: first.http } }).catch(
      (error: Error) => error,
    );
    expect(log).toBeInstanceOf(Error);
  });
});

describe('a receiver that is stopped', () => {
  it('returns when nothing is in work, closing idle connections', async () => {
    await using receiver = await runReceiver();
    using http = await openSocket(receiver.http);
    http.send(emptyPost);
    await http.receives('HTTP/1.1 200 OK');
    const session = connect(`http://${receiver.grpc}`);
    await rawGrpcCallOn(session);
    const goneAway = new Promise<number>((resolve) => session.once('goaway', resolve));
    await receiver.stop();
    expect(await goneAway).toBe(0);
    await http.closed;
    await expect(openSocket(receiver.http)).rejects.toThrow('ECONNREFUSED');
    await expect(openSocket(receiver.grpc)).rejects.toThrow('ECONNREFUSED');
  });

  it('answers what is in work and takes nothing new', async () => {
    const room = Promise.withResolvers<void>();
    await using receiver = await runReceiver(undefined, { downstream: () => room.promise });
    const session = connect(`http://${receiver.grpc}`);
    const grpc = rawGrpcCallOn(session);
    const http = callHttp(receiver.http, { body: logsRequest() });
    await until(() => receiver.effect.sent.length === 2);
    const goneAway = new Promise((resolve) => session.once('goaway', resolve));
    let stopped = false;
    const stopping = receiver.stop().then(() => {
      stopped = true;
    });
    await goneAway;
    await expect(openSocket(receiver.grpc)).rejects.toThrow('ECONNREFUSED');
    await expect(openSocket(receiver.http)).rejects.toThrow('ECONNREFUSED');
    expect(stopped).toBe(false);
    room.resolve();
    expect((await grpc).trailers['grpc-status']).toBe('0');
    const answer = await http;
    expect(answer.status).toBe(200);
    expect(answer.headers.connection).toBe('close');
    await stopping;
  });

  it('takes the rest of a body that had begun', async () => {
    await using receiver = await runReceiver({ http: {} });
    using socket = await openSocket(receiver.http);
    const body = Buffer.from(logsRequest());
    socket.send(emptyPost.replace('Content-Length: 0', `Content-Length: ${body.length}`));
    socket.send(body.subarray(0, 5));
    await callHttp(receiver.http, { body: '' });
    const stopping = receiver.stop();
    socket.send(body.subarray(5));
    await socket.receives('HTTP/1.1 200 OK');
    await stopping;
    expect(receiver.effect.sent).toHaveLength(1);
  });

  it('closes connections that say nothing', async () => {
    await using receiver = await runReceiver();
    using http = await openSocket(receiver.http);
    http.send('POST /v1/lo');
    using grpc = await openSocket(receiver.grpc);
    await callHttp(receiver.http, { body: '' });
    await receiver[Symbol.asyncDispose]();
    await http.closed;
    await grpc.closed;
  });

  it('does not wait for a client that keeps its side of the connection open', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using socket = await openSocket(receiver.grpc, { allowHalfOpen: true });
    const ended = new Promise((resolve) => socket.socket.once('end', resolve));
    socket.send(GREETING);
    await socket.receives(SETTINGS_TAKEN);
    const stopping = receiver.stop();
    await ended;
    await receiver.clock.advance(1_000);
    await stopping;
  });

  it('refuses what is in work when the drain is cut short: UNAVAILABLE and 503', async () => {
    const force = new AbortController();
    await using receiver = await runReceiver(undefined, {
      downstream: () => new Promise(() => {}),
      signal: force.signal,
    });
    const grpc = callGrpc(receiver.grpc, 'logs', logsRequest());
    const http = callHttp(receiver.http, { body: logsRequest() });
    await until(() => receiver.effect.sent.length === 2);
    const stopping = receiver[Symbol.asyncDispose]();
    force.abort();
    expect(await grpc).toMatchObject({ code: 14, message: 'the receiver is stopping', retryDelayMs: 1_000 });
    expect((await http).status).toBe(503);
    await stopping;
  });
});
