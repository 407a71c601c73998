import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BearerTokenProvider,
  type ExporterNode,
  type HeaderChange,
  type HttpClientMiddleware,
  type OutgoingRequest,
  Pdata,
  RequestMetadata,
  Secret,
} from '../../src/authoring.js';
import type { Clock } from '../../src/extension/clock.js';
import { type CapturedLogger, FakeClock } from '../../src/testing/index.js';
import { samplePdata } from '../fixtures/otlp.js';
import { payload } from './fixtures/payloads.js';
import { ScriptedProvider } from './fixtures/scripted-provider.js';
import * as grpcExporter from './otlp-grpc/make-exporter.js';
import { OtlpGrpcServer } from './otlp-grpc/otlp-grpc-server.js';
import * as httpExporter from './otlp-http/make-exporter.js';
import { OtlpHttpServer } from './otlp-http/otlp-http-server.js';

interface MakeOptions {
  readonly clock?: Clock;
  readonly provider?: BearerTokenProvider;
  readonly middleware?: HttpClientMiddleware;
}

/** One of the two exporters with a real server of its protocol behind it. */
interface Side {
  readonly authority: string;
  make(
    headers: Record<string, string>,
    options: MakeOptions,
  ): { readonly exporter: ExporterNode; readonly logger: CapturedLogger };
  /** Headers of each request that came, by name; what is absent is undefined. */
  header(name: string): (string | undefined)[];
  /** Makes the server refuse everything with a message. */
  refuse(message: string): void;
  stop(): Promise<void>;
}

async function grpcSide(): Promise<Side> {
  const server = await OtlpGrpcServer.start();
  return {
    authority: `127.0.0.1:${server.port}`,
    make: (headers, options) =>
      grpcExporter.makeExporter({ grpc_endpoint: server.endpoint, headers }, options),
    header: (name) => server.received.map(({ metadata }) => metadata.get(name)[0]?.toString()),
    refuse: (details) => {
      server.answer = () => ({ code: 3, details });
    },
    stop: async () => server.stop(),
  };
}

async function httpSide(): Promise<Side> {
  const server = await OtlpHttpServer.start();
  return {
    authority: `127.0.0.1:${server.port}`,
    make: (headers, options) =>
      httpExporter.makeExporter({ endpoint: server.endpoint, http: { headers } }, options),
    header: (name) => server.received.map(({ headers }) => headers[name]?.toString()),
    refuse: (message) => {
      server.answer = (response) => {
        response.writeHead(400, { 'content-type': 'text/plain' });
        response.end(message);
      };
    },
    stop: () => server.stop(),
  };
}

const set = (action: 'insert' | 'update' | 'upsert', name: string, value: string): HeaderChange => ({
  action,
  name,
  value: new Secret(value),
});

const always = (...changes: HeaderChange[]): HttpClientMiddleware => ({ changeHeaders: async () => changes });

const noAbort = (): AbortSignal => new AbortController().signal;

describe.each([
  ['otlp_grpc', 'grpc', grpcSide],
  ['otlp_http', 'http', httpSide],
] as const)('exporter:%s with an http_client_middleware', (_type, protocol, start) => {
  let side: Side;
  const exporters: ExporterNode[] = [];
  beforeEach(async () => {
    side = await start();
  });
  afterEach(async () => {
    await Promise.all(exporters.splice(0).map((exporter) => exporter.shutdown?.()));
    await side.stop();
  });

  function make(options: MakeOptions, headers: Record<string, string> = {}) {
    const made = side.make(headers, options);
    exporters.push(made.exporter);
    return made;
  }

  it('asks it once a request, with what it is for and the metadata of the data', async () => {
    const asked: OutgoingRequest[] = [];
    const middleware: HttpClientMiddleware = {
      changeHeaders: async (request) => {
        asked.push(request);
        return [];
      },
    };
    const { exporter } = make({ middleware });
    const metadata = new RequestMetadata([['x-tenant', 'acme']]);
    await exporter.export(new Pdata('metrics', samplePdata('metrics').bytes, 1, metadata), noAbort());
    await exporter.export(payload('logs'), noAbort());
    expect(asked).toEqual([
      { protocol, signal: 'metrics', authority: side.authority, metadata },
      { protocol, signal: 'logs', authority: side.authority, metadata: undefined },
    ]);
    expect(asked[0]?.metadata).toBe(metadata);
  });

  it('makes its changes to the headers of the configuration, in their order', async () => {
    const middleware = always(
      set('insert', 'x-new', '1'),
      set('insert', 'x-static', 'not inserted'),
      set('update', 'x-other', '2'),
      set('update', 'x-missing', 'not updated'),
      set('upsert', 'x-upsert', '3'),
      set('insert', 'constructor', '4'),
      set('update', 'valueof', 'not updated'),
      { action: 'delete', name: 'x-gone' },
      set('insert', 'x-gone', 'back'),
    );
    const statics = { 'x-static': 's', 'X-Other': 's', 'x-gone': 's' };
    const { exporter } = make({ middleware }, statics);
    await exporter.export(payload('logs'), noAbort());
    expect(
      ['x-new', 'x-static', 'x-other', 'x-missing', 'x-upsert', 'x-gone', 'constructor', 'valueof'].map(
        (name) => side.header(name),
      ),
    ).toEqual([['1'], ['s'], ['2'], [undefined], ['3'], ['back'], ['4'], [undefined]]);
  });

  it('changes nothing for the next request, for which it asks again', async () => {
    let asked = 0;
    const middleware: HttpClientMiddleware = {
      changeHeaders: async () => {
        asked += 1;
        return asked === 1 ? [set('upsert', 'x-once', '1'), { action: 'delete', name: 'x-static' }] : [];
      },
    };
    const { exporter } = make({ middleware }, { 'x-static': 's' });
    await exporter.export(payload('logs'), noAbort());
    await exporter.export(payload('logs'), noAbort());
    expect(side.header('x-once')).toEqual(['1', undefined]);
    expect(side.header('x-static')).toEqual([undefined, 's']);
  });

  it('lets the token of a bearer_token_provider have the last word on authorization', async () => {
    const middleware = always(set('upsert', 'authorization', 'Basic x'));
    const alone = make({ middleware }, { authorization: 'Bearer static' });
    await alone.exporter.export(payload('logs'), noAbort());
    const both = make({ middleware, provider: new ScriptedProvider('token') });
    await both.exporter.export(payload('logs'), noAbort());
    expect(side.header('authorization')).toEqual(['Basic x', 'Bearer token']);
  });

  it('fails a request retryably when it throws, without the values that travel with the data', async () => {
    const middleware: HttpClientMiddleware = {
      changeHeaders: async ({ metadata }) => {
        throw new Error(`cannot look up ${metadata?.reveal('x-tenant')}`);
      },
    };
    const { exporter } = make({ middleware });
    const metadata = new RequestMetadata([['x-tenant', 'swordfish']]);
    const pdata = new Pdata('logs', samplePdata('logs').bytes, 1, metadata);
    await expect(exporter.export(pdata, noAbort())).rejects.toMatchObject({
      permanent: false,
      message: expect.stringMatching(/: the http_client_middleware failed: cannot look up \[REDACTED\]$/),
    });
    const nack = await Promise.resolve(exporter.export(pdata, noAbort())).catch((error: unknown) => error);
    expect(inspect(nack, { depth: 9 })).not.toContain('swordfish');
    expect(side.header('host')).toEqual([]);
  });

  it.each([
    ['x-tenant', 'acme\r\nx-injected: 1', "gave the header 'x-tenant' a value that cannot be sent"],
    ['x-tenant', 'caf\u00e9', "gave the header 'x-tenant' a value that cannot be sent"],
    ['x-tenant', 'x\u0000', "gave the header 'x-tenant' a value that cannot be sent"],
    ['x-tenant', 'a'.repeat(8_193), "gave the header 'x-tenant' a value that is longer than 8192"],
    ['x\r\ny', 'v', "wants to change the header 'x y', which is not a header name"],
    [':path', '/', "wants to change the header ':path', which is not a header name"],
    ['host', 'v', "wants to change the header 'host', which is set by the exporter itself"],
    ['content-length', '1', "wants to change the header 'content-length', which is set by the exporter"],
    ['grpc-timeout', '1S', "wants to change the header 'grpc-timeout', which is reserved by gRPC"],
    ['trace-bin', 'v', "wants to change the header 'trace-bin', which would carry binary metadata"],
  ])('sends nothing when it wants %j to be %j', async (name, value, problem) => {
    const { exporter, logger } = make({ middleware: always(set('upsert', name, value)) });
    const failure = expect(exporter.export(payload('logs'), noAbort())).rejects;
    await failure.toMatchObject({
      permanent: false,
      message: expect.stringContaining(`the http_client_middleware ${problem}`),
    });
    expect(side.header('x-tenant')).toEqual([]);
    expect(logger.text).not.toContain('acme');
  });

  it.each([
    [undefined, 'did not answer with a list of changes'],
    [[undefined], 'answered with something that is no change of a header'],
    [[{ action: 'append', name: 'x' }], 'answered with something that is no change of a header'],
    [[{ action: 'insert', name: 'x', value: 'text' }], "gave the header 'x' a value that is not a Secret"],
    [Array.from({ length: 129 }, () => set('insert', 'x', 'v')), 'wants more than 128 changes'],
  ])('survives the answer %j', async (answer, problem) => {
    // What a middleware written in JavaScript may answer.
    const middleware = { changeHeaders: async () => answer } as unknown as HttpClientMiddleware;
    const { exporter } = make({ middleware });
    await expect(exporter.export(payload('logs'), noAbort())).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining(`the http_client_middleware ${problem}`),
    });
  });

  it('waits for it no longer than timeout', async () => {
    const clock = new FakeClock();
    const { exporter } = make({ clock, middleware: { changeHeaders: () => new Promise(() => {}) } });
    const failure = expect(exporter.export(payload('logs'), noAbort())).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('the http_client_middleware did not answer in time'),
    });
    await clock.advance(10_000);
    await failure;
    expect(clock.pending).toBe(0);
  });

  it('does not show its values when the server echoes them', async () => {
    side.refuse('the key swordfish is not known');
    const { exporter, logger } = make({ middleware: always(set('upsert', 'x-key', 'swordfish')) });
    await expect(exporter.export(payload('logs'), noAbort())).rejects.toMatchObject({
      message: expect.stringContaining('the key [REDACTED] is not known'),
    });
    expect(logger.text).not.toContain('swordfish');
  });
});
