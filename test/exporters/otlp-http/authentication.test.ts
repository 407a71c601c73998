import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Nack } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../fixtures/eventually.js';
import { payload } from '../fixtures/payloads.js';
import { ScriptedProvider } from '../fixtures/scripted-provider.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { accept, OtlpHttpServer } from './otlp-http-server.js';

let server: OtlpHttpServer;
const made: MadeExporter[] = [];

beforeEach(async () => {
  server = await OtlpHttpServer.start();
});

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await server.stop();
});

function make(...args: Parameters<typeof makeExporter>): MadeExporter {
  const one = makeExporter(...args);
  made.push(one);
  return one;
}

function credentials(): unknown[] {
  return server.received.map(({ headers }) => headers.authorization);
}

describe('an exporter with a bearer_token_provider', () => {
  it('sends the current token with each request, a renewed one from the next on', async () => {
    const provider = new ScriptedProvider('first');
    const { exporter } = make({ endpoint: server.endpoint }, { provider });
    await exporter.export(payload('logs'), noAbort());
    await exporter.export(payload('logs'), noAbort());
    provider.publish('second');
    await new Promise((resolve) => setImmediate(resolve));
    await exporter.export(payload('logs'), noAbort());
    expect(credentials()).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
    expect(provider.asked).toBe(1);
  });

  it('sends one authorization only, also when the configuration names another', async () => {
    const provider = new ScriptedProvider('token');
    const { exporter } = make(
      { endpoint: server.endpoint, http: { headers: { authorization: 'Bearer static' } } },
      { provider },
    );
    await exporter.export(payload('logs'), noAbort());
    expect(credentials()).toEqual(['Bearer token']);
  });

  it('waits without a token and sends all when it comes', async () => {
    const clock = new FakeClock();
    const provider = new ScriptedProvider();
    const { exporter, logger } = make({ endpoint: server.endpoint }, { provider, clock });
    const deliveries = ['traces', 'metrics', 'logs'] as const;
    const waiting = deliveries.map((signal) => exporter.export(payload(signal), noAbort()));
    await clock.advance(120_000);
    expect(server.received).toHaveLength(0);
    expect(logger.lines.map((line) => line.level)).toEqual(['warn']);
    provider.publish('at-last');
    await Promise.all(waiting);
    expect(credentials()).toEqual(['Bearer at-last', 'Bearer at-last', 'Bearer at-last']);
  });

  it('does not send a token that is about to expire', async () => {
    const clock = new FakeClock();
    const provider = new ScriptedProvider();
    provider.publish('old', 30_000);
    const { exporter } = make({ endpoint: server.endpoint }, { provider, clock });
    const delivery = exporter.export(payload('logs'), noAbort());
    await clock.advance(5_000);
    expect(server.received).toHaveLength(0);
    provider.publish('new', 3_600_000);
    await delivery;
    expect(credentials()).toEqual(['Bearer new']);
  });

  it('gives the data back for a retry when the drain ends before a token came', async () => {
    const provider = new ScriptedProvider();
    provider.fail('invalid_client');
    const { exporter } = make({ endpoint: server.endpoint }, { provider, clock: new FakeClock() });
    const drain = new AbortController();
    const delivery = exporter.export(payload('logs'), drain.signal).catch((nack: Nack) => nack);
    await eventually(() => provider.asked === 1);
    drain.abort();
    expect(await delivery).toMatchObject({
      permanent: false,
      message: `${server.endpoint}/v1/logs: no usable token from the bearer_token_provider: invalid_client`,
    });
    expect(server.received).toHaveLength(0);
  });

  it('takes 401 as retryable and asks the provider again', async () => {
    const provider = new ScriptedProvider('revoked');
    const { exporter } = make({ endpoint: server.endpoint }, { provider });
    server.answer = (response, { headers }) =>
      headers.authorization === 'Bearer fresh' ? accept(response) : response.writeHead(401).end();
    await expect(exporter.export(payload('logs'), noAbort())).rejects.toMatchObject({ permanent: false });
    provider.publish('fresh');
    await exporter.export(payload('logs'), noAbort());
    expect(provider.asked).toBe(2);
  });

  it('takes 403 as permanent', async () => {
    const { exporter } = make({ endpoint: server.endpoint }, { provider: new ScriptedProvider('token') });
    server.answer = (response) => response.writeHead(403).end();
    await expect(exporter.export(payload('logs'), noAbort())).rejects.toMatchObject({ permanent: true });
  });

  it('shows no secret, not even one that the server echoes', async () => {
    const provider = new ScriptedProvider('tok-5ecret-value');
    const { exporter, logger } = make(
      { endpoint: server.endpoint, http: { headers: { 'x-api-key': 'key-5ecret-value' } } },
      { provider },
    );
    server.answer = (response, { headers }) => {
      response.writeHead(401, { 'content-type': 'text/plain' });
      response.end(`bad ${headers.authorization} and ${headers['x-api-key']}`);
    };
    const nack = await exporter.export(payload('logs'), noAbort()).catch((error: Nack) => error);
    logger.error('as the engine logs it', { nack });
    expect(logger.text).toContain('bad Bearer [REDACTED] and [REDACTED]');
    expect(logger.text).not.toContain('5ecret');
  });
});
