import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ExporterNode, Pdata } from '../../../src/authoring.js';
import { makeExporter as makeGrpc } from '../../exporters/otlp-grpc/make-exporter.js';
import { makeExporter as makeHttp } from '../../exporters/otlp-http/make-exporter.js';
import { encodeRequest } from '../../pdata/otlp-proto.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

const MIB = 1024 * 1024;

/** Not so regular that it would vanish when it is compressed, and not so random that compressing takes long. */
const text = randomBytes(MIB / 16)
  .toString('hex')
  .padEnd(MIB, 'x');

/** A request of exactly `bytes` bytes, some MiB. */
function requestOf(bytes: number): Uint8Array {
  const bodies: string[] = Array(Math.floor(bytes / MIB) - 1).fill(text.slice(0, -64));
  const encode = (last: number): Uint8Array => {
    const logRecords = [...bodies, text.repeat(2).slice(0, last)].map((body) => ({
      body: { stringValue: body },
    }));
    return encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  };
  const half = MIB / 2;
  const request = encode(half + bytes - encode(half).length);
  expect(request).toHaveLength(bytes);
  return request;
}

function digest(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}

/** What a client is told: `taken`, or why not. */
type Sender = (receiver: RunningReceiver, request: Uint8Array, gzip: boolean) => Promise<string>;

const grpcJs: Sender = async ({ grpc }, request, gzip) => {
  const { code } = await callGrpc(grpc, 'logs', request, { compression: gzip ? 2 : 0 });
  return code === 0 ? 'taken' : code === 8 ? 'too large' : `status ${code}`;
};

const nodeHttp: Sender = async ({ http }, request, gzip) => {
  const { status } = await callHttp(http, {
    body: gzip ? gzipSync(request, { level: 1 }) : request,
    headers: gzip ? { 'content-encoding': 'gzip' } : {},
  });
  return status === 200 ? 'taken' : status === 413 ? 'too large' : `status ${status}`;
};

async function exported(exporter: ExporterNode, request: Uint8Array): Promise<string> {
  try {
    await exporter.export(new Pdata('logs', request), new AbortController().signal);
    return 'taken';
  } catch (error) {
    const { message, permanent } = error as Error & { permanent?: boolean };
    return permanent === true && /RESOURCE_EXHAUSTED|HTTP 413/.test(message) ? 'too large' : message;
  } finally {
    await exporter.shutdown?.();
  }
}

const compression = (gzip: boolean) => (gzip ? ('gzip' as const) : ('none' as const));

const senders: Readonly<Record<string, Sender>> = {
  '@grpc/grpc-js': grpcJs,
  'exporter:otlp_grpc': ({ grpc }, request, gzip) =>
    exported(
      makeGrpc({ grpc_endpoint: `http://${grpc}`, compression: compression(gzip), timeout: '1m' }).exporter,
      request,
    ),
  'node:http': nodeHttp,
  'exporter:otlp_http': ({ http }, request, gzip) =>
    exported(
      makeHttp({ endpoint: `http://${http}`, http: { compression: compression(gzip), timeout: '1m' } })
        .exporter,
      request,
    ),
};

const cases = Object.keys(senders).flatMap((name) => [
  [name, 'plain', false] as const,
  [name, 'with gzip', true] as const,
]);

describe.each([4, 64])('a request of %i MiB', (mib) => {
  const limit = `${mib}MiB`;
  const limits = { grpc: { max_decoding_message_size: limit }, http: { max_request_body_size: limit } };
  let largest: Uint8Array;
  let over: Uint8Array;

  beforeAll(() => {
    largest = requestOf(mib * MIB);
    over = requestOf(mib * MIB + 1);
  });

  it.each(cases)(
    'of %s %s is taken where that is the limit, and one byte more is not',
    async (name, _how, gzip) => {
      await using receiver = await runReceiver(limits);
      const send = senders[name] as Sender;
      expect(await send(receiver, largest, gzip)).toBe('taken');
      expect(receiver.effect.sent.map(({ pdata }) => digest(pdata.bytes))).toEqual([digest(largest)]);
      expect(await send(receiver, over, gzip)).toBe('too large');
      expect(receiver.effect.sent).toHaveLength(1);
    },
    60_000,
  );
});
