import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { Pdata } from '../../../src/authoring.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { makeExporter, noAbort } from '../../exporters/otlp-grpc/make-exporter.js';
import { callGrpc } from './grpc-client.js';
import { GREETING, SETTINGS_TAKEN, wholeCall } from './http2-frames.js';
import { rawGrpcCallOn } from './raw-http2.js';
import { openSocket, type RawSocket } from './raw-socket.js';
import { logsRequest } from './requests.js';
import { runGrpcEndpoint, runHttpEndpoint } from './running-endpoint.js';
import { runReceiver } from './running-receiver.js';

/** The last stream ids of the GOAWAYs that a client gets. */
function goodbyesTo(session: ClientHttp2Session): number[] {
  const last: number[] = [];
  session.on('goaway', (_code: number, lastStream: number) => last.push(lastStream));
  return last;
}

async function openSession(
  address: string,
  calls = 1,
): Promise<{ session: ClientHttp2Session; goodbyes: number[] }> {
  const session = connect(`http://${address}`);
  const goodbyes = goodbyesTo(session);
  for (let call = 0; call < calls; call++) await rawGrpcCallOn(session);
  return { session, goodbyes };
}

describe('a gRPC connection', () => {
  it('stays without max_connection_age', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    const { session, goodbyes } = await openSession(receiver.grpc);
    await receiver.clock.advance(3_600_000);
    expect((await rawGrpcCallOn(session)).trailers['grpc-status']).toBe('0');
    expect(goodbyes).toEqual([]);
    session.destroy();
  });

  it('is asked to go at max_connection_age, a tenth more or less', async () => {
    await using receiver = await runReceiver({ grpc: { max_connection_age: '10s' } });
    const { session, goodbyes } = await openSession(receiver.grpc);
    await receiver.clock.advance(8_900);
    expect((await rawGrpcCallOn(session)).trailers['grpc-status']).toBe('0');
    expect(goodbyes).toEqual([]);
    const closed = new Promise((resolve) => session.once('close', resolve));
    await receiver.clock.advance(2_200);
    await closed;
    expect(goodbyes[0]).toBe(2 ** 31 - 1);
  });

  it('is asked at another time than those that began with it', async () => {
    await using receiver = await runReceiver({ grpc: { max_connection_age: '1000s' } });
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(receiver.grpc)));
    await receiver.clock.advance(1_000_000);
    const asked = () => sessions.filter(({ goodbyes }) => goodbyes.length > 0).length;
    await eventually(() => asked() > 0);
    expect(asked()).toBeLessThan(20);
    for (const { session } of sessions) session.destroy();
  });

  it('ends when the calls that were open are answered, however long that takes', async () => {
    const room = Promise.withResolvers<void>();
    await using receiver = await runReceiver(
      { grpc: { max_connection_age: '1s', timeout: '1h' } },
      { downstream: () => room.promise },
    );
    const session = connect(`http://${receiver.grpc}`);
    const goodbyes = goodbyesTo(session);
    const call = rawGrpcCallOn(session);
    await eventually(() => receiver.effect.sent.length === 1);
    await receiver.clock.advance(1_200_000);
    await eventually(() => goodbyes.length === 2);
    expect(goodbyes).toEqual([2 ** 31 - 1, 1]);
    room.resolve();
    expect((await call).trailers['grpc-status']).toBe('0');
    await eventually(() => session.destroyed);
  });

  it('is cut when they take longer than max_connection_age_grace', async () => {
    await using receiver = await runReceiver(
      { grpc: { max_connection_age: '1s', max_connection_age_grace: '5s' } },
      { downstream: () => new Promise(() => {}) },
    );
    const session = connect(`http://${receiver.grpc}`);
    const call = rawGrpcCallOn(session);
    await eventually(() => receiver.effect.sent.length === 1);
    await receiver.clock.advance(1_200);
    await receiver.clock.advance(4_000);
    expect(session.destroyed).toBe(false);
    await receiver.clock.advance(1_100);
    expect((await call).trailers).toEqual({});
  });

  it('is cut two seconds later when the client keeps its side open', async () => {
    await using receiver = await runReceiver({ grpc: { max_connection_age: '1s' } });
    using socket = await openSocket(receiver.grpc, { allowHalfOpen: true });
    const ended = new Promise((resolve) => socket.socket.once('end', resolve));
    socket.send(GREETING);
    await socket.receives(SETTINGS_TAKEN);
    await receiver.clock.advance(1_200);
    await ended;
    socket.send('anybody there?');
    expect(socket.socket.destroyed).toBe(false);
    await eventually(async () => {
      await receiver.clock.advance(500);
      socket.send('anybody there?');
      return socket.socket.destroyed;
    });
  });

  it('takes what has arrived when it is asked to go, and no more', async () => {
    await using receiver = await runReceiver({ grpc: { max_connection_age: '1s' } });
    using socket = await openSocket(receiver.grpc);
    socket.send(Buffer.concat([GREETING, wholeCall(1, logsRequest())]));
    await eventually(() => receiver.effect.sent.length === 1);
    await arrived(socket, wholeCall(3, logsRequest()));
    await receiver.clock.advance(1_200);
    await eventually(() => receiver.effect.sent.length === 2);
    await eventually(() => goodbyesOn(socket).includes(3));
    await arrived(socket, wholeCall(5, logsRequest()));
    expect(goodbyesOn(socket)).toEqual([2 ** 31 - 1, 3, 3]);
    expect(receiver.effect.sent).toHaveLength(2);
  });

  it.each([1_000, 200_000])(
    'loses no request of %i bytes of an exporter that is sending when it ends',
    async (bytes) => {
      await using receiver = await runReceiver({ grpc: { max_connection_age: '100ms' } });
      const { exporter } = makeExporter({ grpc_endpoint: `http://${receiver.grpc}` });
      await underGoodbyes(receiver, () =>
        exporter.export(new Pdata('logs', logsRequest(1, bytes)), noAbort()),
      );
      await exporter.shutdown();
    },
  );

  it.each([1_000, 200_000])(
    'loses no request of %i bytes of @grpc/grpc-js, which is sending when it ends',
    async (bytes) => {
      await using receiver = await runReceiver({ grpc: { max_connection_age: '100ms' } });
      const client = new Client(receiver.grpc, credentials.createInsecure());
      await underGoodbyes(receiver, async () => {
        expect(await callGrpc(receiver.grpc, 'logs', logsRequest(1, bytes), { client })).toMatchObject({
          code: 0,
        });
      });
      client.close();
    },
  );
});

describe('a receiver that is stopped', () => {
  it('answers the calls that have arrived', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using socket = await openSocket(receiver.grpc);
    socket.send(Buffer.concat([GREETING, wholeCall(1, logsRequest())]));
    await eventually(() => receiver.effect.sent.length === 1);
    socket.send(wholeCall(3, logsRequest()));
    const stopped = receiver.stop();
    await eventually(() => receiver.effect.sent.length === 2);
    socket.socket.end();
    await stopped;
  });
});

describe('an HTTP connection', () => {
  it('ends with its first answer after max_connection_age', async () => {
    await using receiver = await runReceiver({ http: { max_connection_age: '10s' } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await connectionHeader(receiver.http, agent)).toBe('keep-alive');
    await receiver.clock.advance(8_900);
    expect(await connectionHeader(receiver.http, agent)).toBe('keep-alive');
    await receiver.clock.advance(2_200);
    expect(await connectionHeader(receiver.http, agent)).toBe('close');
    expect(await connectionHeader(receiver.http, agent)).toBe('keep-alive');
    agent.destroy();
  });

  it('stays without it', async () => {
    await using receiver = await runReceiver({ http: {} });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await connectionHeader(receiver.http, agent);
    await receiver.clock.advance(60_000);
    expect(await connectionHeader(receiver.http, agent)).toBe('keep-alive');
    agent.destroy();
  });
});

describe('retireOne', () => {
  it('asks the gRPC connection to go that had the most calls', async () => {
    await using running = await runGrpcEndpoint();
    const idle = await openSession(running.address, 1);
    const busy = await openSession(running.address, 9);
    const other = await openSession(running.address, 2);
    await running.clock.advance(1_000);
    expect(running.endpoint.retireOne()).toBe(true);
    await eventually(() => busy.session.destroyed);
    expect(running.endpoint.retireOne()).toBe(true);
    await eventually(() => other.session.destroyed);
    expect(idle.goodbyes).toEqual([]);
    idle.session.destroy();
  });

  it('looks at what was of late', async () => {
    await using running = await runGrpcEndpoint();
    const [before, now, none] = [
      await openSession(running.address, 9),
      await openSession(running.address, 3),
      await openSession(running.address, 20),
    ];
    await running.clock.advance(5_000);
    expect(running.endpoint.retireOne()).toBe(true);
    await eventually(() => none.session.destroyed);
    await rawGrpcCallOn(now.session);
    await running.clock.advance(5_000);
    expect(running.endpoint.retireOne()).toBe(true);
    await eventually(() => now.session.destroyed);
    expect(before.goodbyes).toEqual([]);
    before.session.destroy();
  });

  it('leaves connections alone that have only just come', async () => {
    await using running = await runGrpcEndpoint();
    expect(running.endpoint.retireOne()).toBe(false);
    const { session } = await openSession(running.address);
    await running.clock.advance(999);
    expect(running.endpoint.retireOne()).toBe(false);
    await running.clock.advance(1);
    expect(running.endpoint.retireOne()).toBe(true);
    expect(running.endpoint.retireOne()).toBe(false);
    await eventually(() => session.destroyed);
  });

  it('has the HTTP connection end with its next answer that had the most requests', async () => {
    await using running = await runHttpEndpoint();
    const agents = Array.from({ length: 2 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const [quiet, busy] = agents as [Agent, Agent];
    await connectionHeader(running.address, quiet);
    for (let call = 0; call < 3; call++) await connectionHeader(running.address, busy);
    expect(running.endpoint.retireOne()).toBe(false);
    await running.clock.advance(1_000);
    expect(running.endpoint.retireOne()).toBe(true);
    expect(await connectionHeader(running.address, busy)).toBe('close');
    expect(await connectionHeader(running.address, quiet)).toBe('keep-alive');
    for (const agent of agents) agent.destroy();
  });
});

/** Sends without a pause on several calls at a time, while the connection is asked to go again and again. */
async function underGoodbyes(
  receiver: Awaited<ReturnType<typeof runReceiver>>,
  send: () => Promise<unknown>,
): Promise<void> {
  let sent = 0;
  let sending = true;
  const senders = Array.from({ length: 10 }, async () => {
    for (; sending; sent++) await send();
  });
  const failed = Promise.all(senders).then(() => new Promise<never>(() => {}));
  for (let round = 1; round <= 10; round++) {
    await Promise.race([eventually(() => sent >= round * 30), failed]);
    await receiver.clock.advance(110);
  }
  sending = false;
  await Promise.all(senders);
  expect(receiver.effect.sent).toHaveLength(sent);
}

/** Sends, and waits until the other side of the loopback must have it. */
async function arrived({ socket }: RawSocket, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
}

/** The last stream ids of the GOAWAYs in what a socket received. */
function goodbyesOn({ received }: RawSocket): number[] {
  const bytes = Buffer.from(received, 'latin1');
  const found: number[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 7) found.push(bytes.readUInt32BE(at + 9));
  }
  return found;
}

/** What the answer to a request on a connection that is kept says of it. */
function connectionHeader(address: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `http://${address}/v1/logs`,
      { method: 'POST', agent, headers: { 'content-type': 'application/x-protobuf' } },
      (response) => {
        response.resume();
        response.on('close', () => resolve(response.headers.connection));
      },
    );
    sent.on('error', reject);
    sent.end(logsRequest());
  });
}
