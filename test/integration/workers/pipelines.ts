import { afterEach, beforeEach } from '@jest/globals';
import { jsonToProtobuf } from '../../../src/authoring.js';
import { OtlpHttpServer } from '../../exporters/otlp-http/otlp-http-server.js';
import { callHttp } from '../../receivers/otlp/http-client.js';

/** What the pipelines of these tests send to; a new one for each test. */
export let sink: OtlpHttpServer;

/** To be called at the top of a file whose pipelines send to `sink`. */
export function withSink(): void {
  beforeEach(async () => {
    sink = await OtlpHttpServer.start();
  });
  afterEach(() => sink.stop());
}

export const receiver = (config: object = {}, capabilities: object = {}): object => ({
  type: 'receiver:otlp',
  capabilities,
  config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } }, ...config },
});

export const exporter = (capabilities: object = {}): object => ({
  type: 'exporter:otlp_http',
  capabilities,
  config: { endpoint: sink.endpoint },
});

/** Receiver, processors by their names, exporter. */
export function chain(through: Readonly<Record<string, object>>, more: object = {}): object {
  const nodes = { in: receiver(), ...through, out: exporter() };
  const order = Object.keys(nodes);
  const connections = order.slice(1).map((to, index) => ({ from: order[index], to }));
  return { nodes, connections, ...more };
}

/** A processor that ends its thread when it is asked to. */
export const poisoned = (config: object = {}): object => ({ type: 'urn:test:processor:poisoned', config });

/** A processor that logs a ticket of the extension `tickets`, or of another one. */
export const stamp = (extension = 'tickets'): object => ({
  type: 'urn:test:processor:stamp',
  capabilities: { rate_limiter: extension },
});

/** A request with one log record. */
export const log = (body: string): Uint8Array =>
  jsonToProtobuf(
    'logs',
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: body } }] }] }] }),
  );

/** Sends requests, each on a connection of its own, so that the system spreads them. */
export async function send(address: string, count: number, body = 'fine'): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const answer = await callHttp(address, { body: log(`${body} ${number}`) });
      return answer.status;
    }),
  );
}

/** So many answers that say yes. */
export const all200 = (count: number): number[] => new Array<number>(count).fill(200);
