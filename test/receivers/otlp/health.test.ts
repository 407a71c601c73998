import { describe, expect, it } from '@jest/globals';
import { BearerTokenAuthorizer, encodeFrame } from '../../../src/authoring.js';
import { provide } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { callGrpc } from './grpc-client.js';
import { HealthClient } from './health-client.js';
import { rawGrpcCall } from './raw-http2.js';
import { logsRequest } from './requests.js';
import { runReceiver } from './running-receiver.js';

const CHECK = { ':path': '/grpc.health.v1.Health/Check' };

const services = [
  '',
  'opentelemetry.proto.collector.trace.v1.TraceService',
  'opentelemetry.proto.collector.metrics.v1.MetricsService',
  'opentelemetry.proto.collector.logs.v1.LogsService',
];

describe('grpc.health.v1.Health/Check', () => {
  it.each(services)("says SERVING of '%s'", async (service) => {
    await using receiver = await runReceiver({ grpc: {} });
    using client = new HealthClient(receiver.grpc);
    expect(await client.check(service)).toBe('SERVING');
  });

  it('says NOT_FOUND of another service', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using client = new HealthClient(receiver.grpc);
    expect(await client.check('acme.Vault')).toBe("5 no service 'acme.Vault' here");
  });

  it('reads compressed requests', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using client = new HealthClient(receiver.grpc, 2);
    expect(await client.check(services[1])).toBe('SERVING');
  });

  it('asks for no token, and takes no place of a request', async () => {
    const nobody = provide(BearerTokenAuthorizer, {
      authorize: async () => ({ allowed: false as const, reason: 'MissingCredential' as const }),
    });
    await using receiver = await runReceiver(
      { grpc: { max_concurrent_requests: 1, max_concurrent_streams: 10 } },
      { extensions: [nobody] },
    );
    using client = new HealthClient(receiver.grpc);
    const watched = client.watch();
    await eventually(() => watched.statuses.length === 1);
    expect(await client.check()).toBe('SERVING');
    expect(await callGrpc(receiver.grpc, 'logs', logsRequest())).toMatchObject({ code: 16 });
    watched.cancel();
  });

  it.each([
    ['is not a request', encodeFrame(Buffer.from('0aff01', 'hex'), false), '3'],
    ['is longer than a request can be', encodeFrame(Buffer.alloc(5_000), false), '8'],
    ['is no message', Buffer.from([0, 0]), '3'],
    ['is not compressed as it says', encodeFrame(Buffer.from('gzip'), true), '3'],
  ])('refuses what %s', async (_what, body, status) => {
    await using receiver = await runReceiver({ grpc: {} });
    const answer = await rawGrpcCall(receiver.grpc, { headers: { ...CHECK, 'grpc-encoding': 'gzip' }, body });
    expect(answer.headers['grpc-status']).toBe(status);
  });

  it('does not wait for a request for longer than timeout', async () => {
    await using receiver = await runReceiver({ grpc: { timeout: '5s' } });
    const answer = rawGrpcCall(receiver.grpc, { headers: CHECK, body: Buffer.from([0]), unfinished: true });
    let over = false;
    void answer.finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await receiver.clock.advance(1_000);
    }
    expect((await answer).headers['grpc-status']).toBe('4');
  });

  it('is not served when it is switched off', async () => {
    await using receiver = await runReceiver({ grpc: { health: false } });
    using client = new HealthClient(receiver.grpc);
    expect(await client.check()).toBe("12 unknown method '/grpc.health.v1.Health/Check'");
  });
});

describe('grpc.health.v1.Health/Watch', () => {
  it('says SERVING at once and NOT_SERVING when the receiver drains, and does not hold the drain', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using client = new HealthClient(receiver.grpc);
    const watched = client.watch(services[3]);
    await eventually(() => watched.statuses.length === 1);
    await receiver.stop();
    expect(await watched.ended).toMatchObject({
      code: 14,
      details: 'this connection ends; watch again on another',
    });
    expect(watched.statuses).toEqual(['SERVING', 'NOT_SERVING']);
  });

  it('says SERVICE_UNKNOWN of another service, and goes on', async () => {
    await using receiver = await runReceiver({ grpc: {} });
    using client = new HealthClient(receiver.grpc);
    const watched = client.watch('acme.Vault');
    await eventually(() => watched.statuses.length === 1);
    await receiver.clock.advance(3_600_000);
    expect(watched.statuses).toEqual(['SERVICE_UNKNOWN']);
    expect(receiver.clock.nextIn).toBeGreaterThan(1_000);
    watched.cancel();
    expect(await watched.ended).toMatchObject({ code: 1 });
  });

  it('ends when its connection has come of age, which it would hold for good', async () => {
    await using receiver = await runReceiver({ grpc: { max_connection_age: '1m' } });
    using client = new HealthClient(receiver.grpc);
    const watched = client.watch();
    await eventually(() => watched.statuses.length === 1);
    await receiver.clock.advance(66_000);
    expect(await watched.ended).toMatchObject({ code: 14 });
    expect(watched.statuses).toEqual(['SERVING']);
  });
});
