import { connect } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import {
  type Completion,
  type Compression,
  compress,
  compressionToken,
  encodeExportResponse,
  Nack,
  otlpServices,
} from '../../../src/authoring.js';
import { decodeRequest } from '../../pdata/otlp-proto.js';
import { message } from '../../pdata/wire/bytes.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { rawGrpcCall, rawGrpcCallOn } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsJson, logsRequest, oneOfEach, withoutItems } from './requests.js';
import { runReceiver } from './running-receiver.js';

const compressions: readonly Compression[] = ['none', 'gzip', 'deflate', 'zstd'];

describe('OTLP over gRPC', () => {
  it.each(oneOfEach)('hands on %s exactly as they came', async (signal, request) => {
    await using receiver = await runReceiver({ grpc: {} });
    const answer = await callGrpc(receiver.grpc, signal, request);
    expect(answer.code).toBe(0);
    expect(answer.response).toHaveLength(0);
    const [sent] = receiver.effect.sent;
    expect(sent?.pdata.signal).toBe(signal);
    expect(sent?.pdata.itemCount).toBe(1);
    expect(Buffer.from(sent?.pdata.bytes ?? []).equals(request)).toBe(true);
  });

  it.each(compressions)('takes messages compressed with %s', async (compression) => {
    await using receiver = await runReceiver({ grpc: {} });
    const request = logsRequest(1, 300_000);
    const answer = await rawGrpcCall(receiver.grpc, {
      headers: { 'grpc-encoding': compressionToken(compression) },
      message: await compress(request, compression),
      compressed: compression !== 'none',
    });
    expect(answer.trailers['grpc-status']).toBe('0');
    expect(Buffer.from(receiver.effect.sent[0]?.pdata.bytes ?? []).equals(request)).toBe(true);
  });

  it.each([
    'application/grpc',
    'application/grpc+proto',
    'application/grpc; charset=utf-8',
    'Application/GRPC',
  ])('takes the content type %s', async (contentType) => {
    await using receiver = await runReceiver({ grpc: {} });
    const answer = await rawGrpcCall(receiver.grpc, { headers: { 'content-type': contentType } });
    expect(answer.headers).toMatchObject({ ':status': 200, 'content-type': 'application/grpc' });
    expect(answer.trailers['grpc-status']).toBe('0');
  });

  it('takes a message as large as the limit, and 100 large ones at once on one connection', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    const overhead = logsRequest(1, 4_000_000).byteLength - 4_000_000;
    const largest = logsRequest(1, 4 * 1024 * 1024 - overhead);
    expect(largest.byteLength).toBe(4 * 1024 * 1024);
    expect((await callGrpc(receiver.grpc, 'logs', largest)).code).toBe(0);
    // The default would let the client queue 10 MB.
    const session = connect(`http://${receiver.grpc}`, { maxSessionMemory: 1_000 });
    const message = logsRequest(1, 1_000_000);
    const many = await Promise.all(Array.from({ length: 100 }, () => rawGrpcCallOn(session, { message })));
    session.destroy();
    expect(many.every(({ trailers }) => trailers['grpc-status'] === '0')).toBe(true);
    expect(receiver.effect.sent).toHaveLength(101);
  });

  it.each(['gzip', 'deflate'] as const)(
    'answers with %s when it is configured and the client accepts it',
    async (method) => {
      await using receiver = await runReceiver({ grpc: { response_compression: ['zstd', method] } });
      expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).response).toHaveLength(0);
      const answer = await rawGrpcCall(receiver.grpc, {
        headers: { 'grpc-accept-encoding': `identity, ${method}` },
      });
      expect(answer.headers['grpc-encoding']).toBe(method);
      expect(answer.body[0]).toBe(1);
    },
  );

  it('answers without compression when the client accepts none', async () => {
    await using receiver = await runReceiver({ grpc: { response_compression: ['gzip'] } });
    const answer = await rawGrpcCall(receiver.grpc);
    expect(answer.headers['grpc-encoding']).toBeUndefined();
    expect(answer.body.toString('hex')).toBe('0000000000');
  });
});

describe('OTLP over HTTP', () => {
  it.each(oneOfEach)('hands on %s exactly as they came', async (signal, body) => {
    await using receiver = await runReceiver({ http: {} });
    const answer = await callHttp(receiver.http, { path: otlpServices[signal].httpPath, body });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect(answer.body.equals(encodeExportResponse())).toBe(true);
    const [sent] = receiver.effect.sent;
    expect(sent?.pdata.signal).toBe(signal);
    expect(sent?.pdata.itemCount).toBe(1);
    expect(Buffer.from(sent?.pdata.bytes ?? []).equals(body)).toBe(true);
  });

  it('takes JSON, hands it on as protobuf and answers in JSON', async () => {
    await using receiver = await runReceiver({ http: {} });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await callHttp(receiver.http, { headers, body: logsJson });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.toString()).toBe('{}');
    const bytes = receiver.effect.sent[0]?.pdata.bytes ?? new Uint8Array();
    expect(decodeRequest('logs', bytes)).toMatchObject(JSON.parse(logsJson));
  });

  it.each(compressions)('takes bodies compressed with %s, protobuf and JSON', async (compression) => {
    await using receiver = await runReceiver({ http: {} });
    const encoding = { 'content-encoding': compressionToken(compression) };
    const request = logsRequest(1, 300_000);
    const protobuf = await callHttp(receiver.http, {
      headers: encoding,
      body: await compress(request, compression),
    });
    const json = await callHttp(receiver.http, {
      headers: { ...encoding, 'content-type': 'application/json' },
      body: await compress(Buffer.from(logsJson), compression),
    });
    expect([protobuf.status, json.status]).toEqual([200, 200]);
    expect(Buffer.from(receiver.effect.sent[0]?.pdata.bytes ?? []).equals(request)).toBe(true);
    expect(receiver.effect.sent[1]?.pdata.itemCount).toBe(1);
  });

  it('takes a body in chunks of unknown total length, and a query behind the path', async () => {
    await using receiver = await runReceiver({ http: {} });
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await callHttp(receiver.http, { path: '/v1/logs?tenant=a', headers, body: logsRequest() });
    expect(answer.status).toBe(200);
  });

  it.each(['http://receiver:4318/v1/logs', 'HTTPS://receiver/v1/logs?tenant=a'])(
    'takes the request target in absolute form, as in %s',
    async (target) => {
      await using receiver = await runReceiver({ http: {} });
      using socket = await openSocket(receiver.http);
      const body = logsRequest();
      socket.send(
        `POST ${target} HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.send(body);
      await socket.receives('HTTP/1.1 200 OK');
      expect(receiver.effect.sent[0]?.pdata.signal).toBe('logs');
    },
  );

  it('invites the body of a client that waits for it', async () => {
    await using receiver = await runReceiver({ http: {} });
    const answer = await callHttp(receiver.http, {
      headers: { expect: '100-continue' },
      body: logsRequest(),
    });
    expect(answer.status).toBe(200);
  });
});

describe('an empty request', () => {
  it('is answered with success and sent nowhere', async () => {
    await using receiver = await runReceiver();
    expect((await callGrpc(receiver.grpc, 'logs', new Uint8Array(0))).code).toBe(0);
    expect((await callHttp(receiver.http, { body: '' })).status).toBe(200);
    const json = await callHttp(receiver.http, {
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(json.status).toBe(200);
    expect(receiver.effect.sent).toHaveLength(0);
  });

  it('may have messages in it that are empty themselves', async () => {
    await using receiver = await runReceiver();
    const body = message([1, ''], [1, message([1, ''], [2, message([1, ''], [2, message([5, ''])])])]);
    expect((await callGrpc(receiver.grpc, 'metrics', body)).code).toBe(0);
    expect((await callHttp(receiver.http, { path: otlpServices.metrics.httpPath, body })).status).toBe(200);
    expect(receiver.effect.sent).toHaveLength(0);
  });
});

describe('a request without items', () => {
  it.each(withoutItems)('goes on byte for byte when it has in it %s', async (_, signal, request) => {
    await using receiver = await runReceiver();
    expect((await callGrpc(receiver.grpc, signal, request)).code).toBe(0);
    expect((await callGrpc(receiver.grpc, signal, request, { compression: 2 })).code).toBe(0);
    const path = otlpServices[signal].httpPath;
    expect((await callHttp(receiver.http, { path, body: request })).status).toBe(200);
    const sent = receiver.effect.sent.map(({ pdata }) => [
      pdata.signal,
      pdata.itemCount,
      Buffer.from(pdata.bytes),
    ]);
    expect(sent).toEqual(Array(3).fill([signal, 0, Buffer.from(request)]));
  });

  it('is answered with what became of it to whoever waits for the result', async () => {
    const down = {
      downstream: ({ completion }: { completion: Completion }) => completion.nack(Nack.retryable('down')),
    };
    await using receiver = await runReceiver({ grpc: { wait_for_result: true } }, down);
    for (const [, signal, request] of withoutItems) {
      expect(await callGrpc(receiver.grpc, signal, request)).toMatchObject({ code: 14, message: 'down' });
    }
    expect((await callGrpc(receiver.grpc, 'logs', message([1, '']))).code).toBe(0);
  });
});
