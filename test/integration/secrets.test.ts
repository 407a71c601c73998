import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeExportResponse, GrpcStatus } from '../../src/authoring.js';
import { ConfigError, Engine } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { OtlpGrpcServer, type Received } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { DataflowProcess, inline, runDataflow } from '../fixtures/dataflow-process.js';
import { freePort } from '../fixtures/free-port.js';
import { Markers } from '../fixtures/markers.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callGrpc } from '../receivers/otlp/grpc-client.js';
import { callHttp } from '../receivers/otlp/http-client.js';

const secrets = new Markers([
  'static-token',
  'file-token',
  'caller-token',
  'client-secret',
  'secret-in-file',
  'parameter',
  'issued-token',
  'identity-header',
  'federated-token',
  'private-key',
  'header-of-grpc',
  'header-of-http',
]);

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const formats = ['text', 'json'] as const;

/** A server that refuses everything, and repeats whatever it was sent as if that helped. */
class EchoingServer {
  readonly asked: string[] = [];
  readonly #http: HttpServer;
  #mood: (response: ServerResponse, echo: string, request: IncomingMessage) => void = () => {};

  private constructor() {
    this.#http = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { authorization = '' } = request.headers;
        const credentials = Buffer.from(authorization.replace(/^\S+ /, ''), 'base64').toString();
        const echo = [request.url, JSON.stringify(request.headers), body, credentials].join(' & ');
        this.asked.push(echo);
        this.#mood(response, echo, request);
      });
    });
  }

  static async start(): Promise<EchoingServer> {
    const started = new EchoingServer();
    await new Promise<void>((resolve) => {
      started.#http.listen(0, '127.0.0.1', resolve);
    });
    return started;
  }

  set answer(mood: (response: ServerResponse, echo: string, request: IncomingMessage) => void) {
    this.#mood = mood;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

const refuse = (status: number) => (response: ServerResponse, echo: string) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'invalid_client', error_description: echo, message: echo }));
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  await writeFile(join(folder, 'token'), secrets.get('file-token'));
  await writeFile(join(folder, 'client-secret'), secrets.get('secret-in-file'));
  await writeFile(join(folder, 'federated'), secrets.get('federated-token'));
  await writeFile(
    join(folder, 'key.pem'),
    `-----BEGIN PRIVATE KEY-----\n${secrets.get('private-key')}\n-----END PRIVATE KEY-----\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const bearer = (config: object): object => ({ type: 'extension:bearer_token_auth', config });
const login = (config: object): object => ({ type: 'extension:oauth2_client_auth', config });
const azure = (config: object): object => ({
  type: 'urn:microsoft:extension:azure_identity_auth',
  config,
});

const otlp = (capabilities: Readonly<Record<string, string>> = {}): object => ({
  type: 'receiver:otlp',
  capabilities,
  config: {
    protocols: {
      grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true, timeout: '1h' },
      http: { listening_addr: '127.0.0.1:0', wait_for_result: true, timeout: '1h' },
    },
  },
});

/** Data of this service is refused with the token that it comes with; a refused token is not sent again for 10 s. */
const DISTRUSTED = 'distrusted';

interface Addresses {
  readonly grpc: string;
  readonly http: string;
  /** Of a receiver whose exporters cannot reach anybody. */
  readonly tls: string;
}

describe('a running engine whose backends refuse, break and repeat what they were sent', () => {
  let http: EchoingServer;
  let grpc: OtlpGrpcServer;
  /** Speaks no TLS. */
  let plain: TcpServer;

  beforeEach(async () => {
    http = await EchoingServer.start();
    grpc = await OtlpGrpcServer.start();
    grpc.answer = echoByGrpc;
    plain = createTcpServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 no\r\n\r\n'));
    await new Promise<void>((resolve) => {
      plain.listen(0, '127.0.0.1', resolve);
    });
  });
  afterEach(async () => {
    await http.stop();
    grpc.stop();
    plain.close();
  });

  const echoByGrpc = ({ bytes, metadata }: Received) => ({
    code: bytes.includes(DISTRUSTED) ? GrpcStatus.UNAUTHENTICATED : GrpcStatus.PERMISSION_DENIED,
    details: `refused ${JSON.stringify(metadata.getMap())}`,
  });

  /** Those of the exporters that can reach their backends. */
  const reaching = ['grpc', 'http', 'http_oauth'];

  /** Each token of its own, and headers that are secret too. */
  function exporters(): Readonly<Record<string, object>> {
    const tls = `https://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const headers = {
      grpc: {
        'x-api-key': secrets.get('header-of-grpc'),
        'x-basic': `Bearer ${secrets.get('header-of-grpc')}`,
      },
      http: {
        'x-api-key': secrets.get('header-of-http'),
        'x-basic': `Bearer ${secrets.get('header-of-http')}`,
      },
    };
    const provider = (name: string) => ({ capabilities: { bearer_token_provider: name } });
    return {
      grpc: {
        type: 'exporter:otlp_grpc',
        ...provider('fixed'),
        config: { grpc_endpoint: grpc.endpoint, headers: headers.grpc, timeout: '1h' },
      },
      http: {
        type: 'exporter:otlp_http',
        ...provider('followed'),
        config: { endpoint: http.origin, http: { headers: headers.http, timeout: '1h' } },
      },
      http_oauth: {
        type: 'exporter:otlp_http',
        ...provider('login'),
        config: { endpoint: http.origin, http: { headers: headers.http, timeout: '1h' } },
      },
      tls_grpc: {
        type: 'exporter:otlp_grpc',
        ...provider('fixed'),
        config: { grpc_endpoint: tls, headers: headers.grpc },
      },
      tls_http: {
        type: 'exporter:otlp_http',
        ...provider('followed'),
        config: { endpoint: tls, http: { headers: headers.http } },
      },
    };
  }

  const extensions = (): Readonly<Record<string, object>> => ({
    guard: bearer({ token: secrets.get('caller-token') }),
    fixed: bearer({ token: secrets.get('static-token') }),
    followed: bearer({ token_file: join(folder, 'token') }),
    login: login({
      token_url: `${http.origin}/token`,
      client_id: 'me',
      client_secret: secrets.get('client-secret'),
      endpoint_params: { resource: secrets.get('parameter') },
    }),
  });

  const config = (): object => {
    const receiver = otlp({ bearer_token_authorizer: 'guard' });
    const dispatch = { policies: { dispatch: 'one_of' } };
    return onePipeline({
      extensions: extensions(),
      nodes: { in: receiver, in_tls: receiver, ...exporters() },
      connections: [
        { from: 'in', to: reaching, ...dispatch },
        { from: 'in_tls', to: ['tls_grpc', 'tls_http'], ...dispatch },
      ],
    });
  };

  /** How many tokens each backend has refused. */
  const distrustedRequests = () => ({
    http: http.asked.filter((echo) => echo.includes(DISTRUSTED)).length,
    grpc: grpc.received.filter(({ bytes }) => bytes.includes(DISTRUSTED)).length,
  });

  /** What the HTTP backend does to trusted requests in turn; token requests are granted. */
  function answerInTurn(): void {
    const moods: readonly ((response: ServerResponse, echo: string, request: IncomingMessage) => void)[] = [
      refuse(400),
      (response, echo) => response.writeHead(503, { 'content-type': 'text/plain' }).end(echo),
      (response, echo) =>
        response
          .writeHead(200, { 'content-type': 'application/x-protobuf' })
          .end(encodeExportResponse({ rejected: 1, errorMessage: echo })),
      (response, echo) => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(echo),
    ];
    let turn = 0;
    http.answer = (response, echo, request) => {
      if (request.url === '/token') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            access_token: secrets.get('issued-token'),
            token_type: 'bearer',
            expires_in: 3_600,
          }),
        );
        return;
      }
      if (echo.includes(DISTRUSTED)) refuse(401)(response, echo);
      else moods[turn++ % moods.length]?.(response, echo, request);
    };
  }

  /**
   * Sends with the right credential, a wrong one and none; gives back all that was answered.
   *
   * @param distrusted how often each exporter's token is refused in the end; after the first time it waits 10 s
   */
  async function sendEverything(addresses: Addresses, distrusted: number): Promise<string> {
    const authorization = `Bearer ${secrets.get('caller-token')}`;
    const byHttp = (headers: Record<string, string>, body: Uint8Array | string) =>
      callHttp(addresses.http, { headers, body });
    const byGrpc = (metadata: Record<string, string>) =>
      callGrpc(addresses.grpc, 'logs', sampleRequest('logs'), { metadata });
    const answers: object[] = await Promise.all([
      ...Array.from({ length: 30 }, () => byHttp({ authorization }, sampleRequest('logs'))),
      ...Array.from({ length: 4 }, () =>
        callHttp(addresses.tls, { headers: { authorization }, body: sampleRequest('logs') }),
      ),
      byHttp({ authorization }, 'no protobuf'),
      byHttp({ authorization: `${authorization}x` }, sampleRequest('logs')),
      byGrpc({ authorization }),
      byGrpc({ authorization: `${authorization}x` }),
    ]);
    // One after the other goes round the exporters.
    for (let round = 0; round < distrusted * reaching.length; round++) {
      answers.push(await byHttp({ authorization }, sampleRequest('logs', { service: DISTRUSTED })));
    }
    return inspect(
      answers.map((answer) => ('body' in answer ? { ...answer, text: String(answer.body) } : answer)),
      { depth: 20, maxStringLength: null },
    );
  }

  it.each(levels)('shows no secret with --log-level %s, as text and as JSON', async (level) => {
    answerInTurn();
    await Promise.all(formats.map((format) => runAndSend(level, format)));
    // The secrets were used, so they could have been shown.
    expect(secrets.shownIn(http.asked.join('\n'))).toEqual([
      'file-token',
      'client-secret',
      'parameter',
      'issued-token',
      'header-of-http',
    ]);
    expect(distrustedRequests()).toEqual({ http: 2 * formats.length, grpc: formats.length });
  });

  async function runAndSend(level: string, format: string): Promise<void> {
    // A silent log does not say which ports were free, so they are chosen here.
    const addresses = {
      grpc: `127.0.0.1:${await freePort()}`,
      http: `127.0.0.1:${await freePort()}`,
      tls: `127.0.0.1:${await freePort()}`,
    };
    const nodes = 'groups.default.pipelines.main.nodes';
    const sets = [
      `${nodes}.in.config.protocols.grpc.listening_addr=${addresses.grpc}`,
      `${nodes}.in.config.protocols.http.listening_addr=${addresses.http}`,
      `${nodes}.in_tls.config.protocols.http.listening_addr=${addresses.tls}`,
    ].flatMap((set) => ['--set', set]);
    const args = ['run', '--config', inline(config()), '--log-level', level, '--log-format', format, ...sets];
    await using dataflow = DataflowProcess.start(args);
    for (const address of Object.values(addresses)) {
      await connects(Number(address.split(':')[1]), dataflow);
    }
    const answered = await sendEverything(addresses, 1);
    await dataflow.stop();
    expect(dataflow.stdout).toContain('pipeline default/main: received');
    expect(secrets.shownIn(answered)).toEqual([]);
    expect(secrets.shownIn(dataflow.output)).toEqual([]);
  }

  it('shows no token that a redirect repeats', async () => {
    const main = {
      extensions: { followed: extensions()['followed'] },
      nodes: { in: otlp(), http: exporters()['http'] },
      connections: [{ from: 'in', to: 'http' }],
    };
    http.answer = (response, _echo, request) => {
      const token = request.headers.authorization?.replace('Bearer ', '');
      response.writeHead(307, { location: `http://elsewhere/${token}?t=${token}` }).end();
    };
    await using running = await RunningEngine.start(onePipeline(main));
    const answer = await callHttp(running.address('in', 'http'), { body: sampleRequest('logs') });
    expect(answer.status).toBe(500);
    expect(secrets.shownIn(http.asked.join())).toContain('file-token');
    expect(secrets.shownIn(String(answer.body))).toEqual([]);
  });

  it('shows no secret in logs with their errors looked through to the ground', async () => {
    answerInTurn();
    const clock = new FakeClock();
    const running = await RunningEngine.start(config(), { clock });
    const addresses = {
      grpc: running.address('in', 'grpc'),
      http: running.address('in', 'http'),
      tls: running.address('in_tls', 'http'),
    };
    let over = false;
    const sending = sendEverything(addresses, 2).finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(500);
    }
    const answered = await sending;
    await running.stop();
    // By each exporter once, and again after the pause.
    expect(distrustedRequests()).toEqual({ http: 4, grpc: 2 });
    const shown = inspect([running.log.lines, running.engine], { depth: 20, showHidden: true });
    expect(secrets.shownIn(answered)).toEqual([]);
    expect(secrets.shownIn(shown)).toEqual([]);
  });
});

describe('an engine whose extensions get no token, from servers that repeat what they were sent', () => {
  let server: EchoingServer;
  beforeEach(async () => {
    server = await EchoingServer.start();
    server.answer = (response, echo, request) => refuse(request.method === 'GET' ? 400 : 401)(response, echo);
  });
  afterEach(() => server.stop());

  const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

  function config(): object {
    const startup_timeout = '2s';
    const token_url = `${server.origin}/token`;
    const extensions: Readonly<Record<string, object>> = {
      basic: login({
        token_url,
        client_id: 'me',
        client_secret: secrets.get('client-secret'),
        endpoint_params: { resource: secrets.get('parameter') },
        startup_timeout,
      }),
      from_file: login({
        token_url,
        client_id: 'me',
        client_secret_file: join(folder, 'client-secret'),
        startup_timeout,
      }),
      bad_key: login({
        grant_type: JWT_BEARER,
        token_url,
        client_id: 'me',
        client_certificate_key: secrets.get('private-key'),
        startup_timeout,
      }),
      bad_key_file: login({
        grant_type: JWT_BEARER,
        token_url,
        client_id: 'me',
        client_certificate_key_file: join(folder, 'key.pem'),
        startup_timeout,
      }),
      not_tls: login({
        token_url: token_url.replace('http:', 'https:'),
        client_id: 'me',
        client_secret: secrets.get('client-secret'),
        startup_timeout,
      }),
      managed: azure({ startup_timeout }),
      workload: azure({
        method: 'workload_identity',
        client_id: 'app',
        tenant_id: 'tenant',
        token_file_path: join(folder, 'federated'),
        startup_timeout,
      }),
    };
    const exporters = Object.fromEntries(
      Object.keys(extensions).map((name) => [
        `with_${name}`,
        {
          type: 'exporter:otlp_http',
          capabilities: { bearer_token_provider: name },
          config: { endpoint: server.origin },
        },
      ]),
    );
    return onePipeline({
      extensions,
      nodes: { in: otlp(), ...exporters },
      connections: [{ from: 'in', to: Object.keys(exporters), policies: { dispatch: 'one_of' } }],
    });
  }

  const environment = () => ({
    IDENTITY_ENDPOINT: `${server.origin}/msi`,
    IDENTITY_HEADER: secrets.get('identity-header'),
    AZURE_AUTHORITY_HOST: server.origin.replace('http:', 'https:'),
  });

  it.each(levels)('shows no secret with --log-level %s, as text and as JSON', async (level) => {
    // Azure's library has a log of its own.
    const env = { ...environment(), AZURE_LOG_LEVEL: level === 'silent' ? undefined : 'verbose' };
    const args = ['run', '--config', inline(config()), '--log-level', level, '--log-format'];
    const runs = await Promise.all(formats.map((format) => runDataflow([...args, format], { env })));
    expect(secrets.shownIn(server.asked.join('\n'))).toEqual([
      'client-secret',
      'secret-in-file',
      'parameter',
      'identity-header',
    ]);
    for (const { code, stderr, stdout } of runs) {
      expect(code).toBe(1);
      if (level !== 'silent') expect(stderr).toContain('was not ready within 2 s');
      expect(secrets.shownIn(stdout + stderr)).toEqual([]);
    }
  });

  it('throws an error without a secret in it, looked through to the ground', async () => {
    const before = { ...process.env };
    Object.assign(process.env, environment());
    try {
      const running = await RunningEngine.build(config());
      const error = await running.engine.start().catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('was not ready within 2 s');
      const shown = inspect([error, running.log.lines], { depth: 20, showHidden: true });
      expect(shown).toContain('cannot get a token');
      expect(secrets.shownIn(shown)).toEqual([]);
    } finally {
      process.env = before;
    }
  });
});

describe('dataflow components --json', () => {
  it('shows nothing of the environment', async () => {
    const { code, stdout } = await runDataflow(['components', '--json'], {
      env: { IDENTITY_HEADER: secrets.get('identity-header'), DEMO_TOKEN: secrets.get('static-token') },
    });
    expect(code).toBe(0);
    expect(secrets.shownIn(stdout)).toEqual([]);
  });
});

describe('a mistake on the line of a secret', () => {
  const token = secrets.get('static-token');
  const inUrl = encodeURIComponent(token);

  /** A pipeline with these declarations of extensions, or of nodes. */
  const file = (section: 'extensions' | 'nodes', declarations: string): string =>
    `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        extensions: {${section === 'extensions' ? ` ${declarations} ` : ''}}
        nodes:
          in: { type: receiver:otlp, config: { protocols: { http: {} } } }
          out: { type: exporter:noop }
${section === 'nodes' ? `          ${declarations}\n` : ''}        connections: [ { from: in, to: out } ]
`;

  const bearerWith = (config: string) =>
    file('extensions', `a: { type: extension:bearer_token_auth, config: ${config} }`);
  const loginWith = (config: string) =>
    file('extensions', `a: { type: extension:oauth2_client_auth, config: { client_id: me, ${config} } }`);
  const httpWith = (config: string) =>
    file('nodes', `out2: { type: exporter:otlp_http, config: { endpoint: "http://x", ${config} } }`);
  const grpcWith = (config: string) =>
    file('nodes', `out2: { type: exporter:otlp_grpc, config: { ${config} } }`);
  const url = 'token_url: "https://x/t"';

  it.each([
    { what: 'an unknown field beside it', text: bearerWith(`{ token: "${token}", x: 1 }`) },
    { what: 'a misspelled name of it', text: bearerWith(`{ tokn: "${token}" }`) },
    { what: 'another misspelled name of it', text: loginWith(`client_secrt: "${token}", ${url}`) },
    {
      what: 'the wrong level',
      text: file('extensions', `a: { type: extension:bearer_token_auth, token: "${token}" }`),
    },
    { what: 'a list', text: bearerWith(`{ token: ["${token}"] }`) },
    { what: 'a map', text: bearerWith(`{ token: { value: "${token}" } }`) },
    { what: 'characters that do not fit', text: bearerWith(`{ token: "${token} x" }`) },
    { what: 'nothing but it', text: bearerWith(`"${token}"`) },
    { what: 'a list of it', text: bearerWith(`["${token}"]`) },
    { what: 'a key that stands twice', text: bearerWith(`{ token: "${token}", token: "${token}" }`) },
    { isSyntax: true, what: 'a bracket that is wrong', text: bearerWith(`{ token: "${token}", ] }`) },
    { isSyntax: true, what: 'a quote that is not closed', text: bearerWith(`{ token: "${token} }`) },
    { what: 'a default of a variable', text: bearerWith(`{ token: "\${env:NOT_SET:-${token}}", x: 1 }`) },
    {
      isSyntax: true,
      what: 'an unclosed expansion',
      text: bearerWith(`{ token: "\${env:NOT_SET:-${token}" }`),
    },
    {
      what: 'an unknown type',
      text: file('extensions', `a: { type: extension:vault, config: { unseal: "${token}" } }`),
    },
    {
      what: 'a place under nodes',
      text: file('nodes', `a: { type: extension:bearer_token_auth, config: { token: "${token}" } }`),
    },
    {
      what: 'a wrong parameter',
      text: loginWith(`client_secret: x, ${url}, endpoint_params: { assertion: "${token}", n: 5 }`),
    },
    {
      what: 'user and password in a URL',
      text: loginWith(`client_secret: x, token_url: "https://me:${inUrl}@x/t"`),
    },
    { what: 'a user in a URL', text: loginWith(`client_secret: x, token_url: "https://${inUrl}@x/t"`) },
    {
      what: 'a query of a URL',
      text: httpWith('client_pool_size: 1').replace('http://x', `http://x?key=${inUrl}`),
    },
    {
      what: 'a field of the other grant',
      text: loginWith(`${url}, client_secret: x, client_certificate_key: "${token}"`),
    },
    {
      what: 'an unknown field of tls',
      text: loginWith(`${url}, client_secret: x, tls: { key_pem: "${token}", x: 1 }`),
    },
    { what: 'a header that cannot be set', text: httpWith(`http: { headers: { te: "${token}" } }`) },
    {
      what: 'a name that is no header',
      text: grpcWith(`grpc_endpoint: "http://x", headers: { "a b": "${token}" }`),
    },
    {
      what: 'a value that is no header',
      text: grpcWith(`grpc_endpoint: "http://x", headers: { a: "${token}\\n" }`),
    },
    { what: 'headers at the wrong level', text: httpWith(`headers: { x-api: "${token}" }`) },
    {
      what: 'headers by another name',
      text: grpcWith(`grpc_endpoint: "http://x", header: { x-api: "${token}" }`),
    },
    { what: 'headers as a list', text: httpWith(`http: { headers: [ "x-api: ${token}" ] }`) },
  ])('shows no secret: $what', async ({ isSyntax = false, text }) => {
    const path = join(folder, 'main.yaml');
    await writeFile(path, text);
    // What the command prints is made of this error's diagnostics.
    const error = await Engine.fromConfig(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const shown = `${error}\n${inspect(error, { depth: 20, showHidden: true })}`;
    expect(shown).toContain('main.yaml:');
    if (!isSyntax) expect(shown).not.toContain('yaml_syntax');
    expect(secrets.shownIn(shown)).toEqual([]);
  });

  it('shows no secret of an override of the command', async () => {
    const { code, stderr } = await runDataflow([
      'validate',
      '--config',
      'config/demo.yaml',
      '--set',
      `groups.demo.pipelines.edge.extensions.auth.config={ token: "${token}", x: 1 }`,
    ]);
    expect(code).toBe(2);
    expect(secrets.shownIn(stderr)).toEqual([]);
  });
});

/** Waits until somebody listens. */
async function connects(port: number, dataflow: DataflowProcess): Promise<void> {
  let open = false;
  while (!open) {
    if (!dataflow.running) throw new Error(`it ended before it listened:\n${dataflow.output}`);
    open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (!open) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
