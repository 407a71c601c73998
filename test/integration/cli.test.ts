import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { DataflowProcess, inline, packageRoot, runDataflow } from '../fixtures/dataflow-process.js';
import { demoOnFreePorts } from '../fixtures/demo.js';
import { onePipeline } from '../fixtures/running-engine.js';
import { tenMistakes } from '../fixtures/wrong-configs/ten-mistakes.js';

const receiving = (listening_addr = '127.0.0.1:0'): object =>
  onePipeline({
    nodes: {
      in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr } } } },
      out: { type: 'exporter:noop' },
    },
    connections: [{ from: 'in', to: 'out' }],
  });

describe('dataflow', () => {
  it('ends well when whoever reads its output has enough of it', async () => {
    const main = join(packageRoot, 'dist', 'cli', 'main.js');
    const piped = ['-c', 'set -o pipefail; "$0" "$1" schema | head -n 1', process.execPath, main];
    expect(await promisify(execFile)('bash', piped)).toEqual({ stdout: '{\n', stderr: '' });
  });

  it('--version prints the version of the package', async () => {
    const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    expect(await runDataflow(['--version'])).toEqual({
      code: 0,
      signal: null,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  it('--help lists the commands and exits with 0', async () => {
    const { code, stdout } = await runDataflow(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'validate', 'components']) expect(stdout).toContain(`  ${command} `);
  });

  it.each([
    { args: [], says: 'Usage: dataflow' },
    { args: ['frobnicate'], says: "unknown command 'frobnicate'" },
    { args: ['run', '--config'], says: "option '-c, --config <source>' argument missing" },
    { args: ['run'], says: 'no configuration was given; name one with --config' },
    { args: ['validate', '-c', 'config/demo.yaml', '--bogus'], says: "unknown option '--bogus'" },
    { args: ['validate', '-c', 'config/demo.yaml', 'extra'], says: 'too many arguments' },
    { args: ['run', '-c', 'config/demo.yaml', '--log-level', 'loud'], says: 'Allowed choices are debug' },
    {
      args: ['run', '-c', 'config/demo.yaml', '--drain-timeout', '5'],
      says: 'write it like 500ms, 30s or 5m',
    },
    { args: ['run', '-c', 'no-such-file.yaml'], says: "there is no file 'no-such-file.yaml'" },
    { args: ['validate', '-c', 'config/demo.yaml', '-s', 'a.b'], says: "there is no '=' here" },
  ])('exits with 2 and says why: $args', async ({ args, says }) => {
    const { code, stderr, stdout } = await runDataflow(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});

describe('dataflow validate', () => {
  it('says of a good configuration how much is in it, and exits with 0', async () => {
    expect(await runDataflow(['validate', '--config', 'config/demo.yaml'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'valid: 2 pipelines, 6 nodes, 2 extensions\n',
      stderr: '',
    });
  });
});

describe('a file with ten different mistakes', () => {
  /** Line, column and code as they must be reported, in this order. */
  const expected = [
    '9:31: error[undefined_variable]',
    '13:19: error[unknown_type]',
    '20:24: error[invalid_value]',
    '24:54: error[trait_not_implemented]',
    '25:44: error[unknown_field]',
    '27:19: error[invalid_urn]',
    '28:11: error[missing_field]',
    '30:52: error[not_found]',
    '33:29: error[unknown_capability]',
    '36:36: error[unknown_node]',
  ];

  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mistakes-'));
    await writeFile(join(folder, 'main.yaml'), tenMistakes.text);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each(['validate', 'run'])(
    'makes %s give ten diagnostics with their places in order, and exit with 2',
    async (command) => {
      const { code, stderr, stdout } = await runDataflow([command, '--config', 'main.yaml'], {
        cwd: folder,
        env: { NOT_SET_ANYWHERE: undefined },
      });
      const diagnostics = [...stderr.matchAll(/^main\.yaml:(\d+:\d+: \w+\[\w+\])/gm)].map(([, head]) => head);
      expect(diagnostics).toEqual(expected);
      expect(stderr).toContain('10 errors in the configuration');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
  );

  it('shows each line with a caret under what is wrong', async () => {
    const { stderr } = await runDataflow(['validate', '--config', 'main.yaml'], { cwd: folder });
    expect(stderr).toContain(
      [
        "main.yaml:25:44: error[unknown_field] 'grpc' has no field 'listening_adr'; did you mean 'listening_addr'?",
        '  25 |             config: { protocols: { grpc: { listening_adr: [REDACTED] } } }',
        '     |                                            ^',
      ].join('\n'),
    );
  });
});

describe('dataflow run with the demo', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints what arrives, and on %s drains, loses nothing and exits with 0',
    async (signal) => {
      await using demo = DataflowProcess.start([...(await demoOnFreePorts()), '--log-format', 'json']);
      await demo.waitFor('stdout', /traces from [\s\S]*metrics from|metrics from [\s\S]*traces from/);
      demo.kill(signal);
      expect(await demo.ended).toEqual({ code: 0, signal: null });
      const summaries = [
        ...demo.stdout.matchAll(
          /^pipeline demo\/(\w+): received (\d+), exported (\d+), failed 0, dropped 0$/gm,
        ),
      ].map(([, pipeline, received, exported]) => ({ pipeline, received, exported }));
      expect(summaries.map(({ pipeline }) => pipeline)).toEqual(['gateway', 'edge']);
      const [gateway, edge] = summaries;
      expect(Number(edge?.received)).toBeGreaterThan(0);
      expect(new Set([edge?.exported, gateway?.received, gateway?.exported])).toEqual(
        new Set([edge?.received]),
      );
      expect(demo.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    },
  );

  it('takes data within a second of its start', async () => {
    const measured: number[] = [];
    for (let run = 0; run < 3; run++) {
      await using demo = DataflowProcess.start([...(await demoOnFreePorts()), '--log-format', 'json']);
      await demo.waitFor('stderr', /"message":"running"/);
      measured.push(Number(demo.log.find(({ message }) => message === 'running')?.['startedMs']));
      await demo.stop();
    }
    expect(Math.min(...measured)).toBeLessThan(1_000);
  });
});

/** Sends log records one by one, and waits long for answers. */
const sending = (records: number, backend: OtlpGrpcServer): object =>
  onePipeline({
    nodes: {
      in: {
        type: 'receiver:traffic_generator',
        config: {
          traffic_config: {
            signals_per_second: 100,
            max_signal_count: records,
            max_batch_size: 1,
            log_weight: 1,
          },
        },
      },
      out: { type: 'exporter:otlp_grpc', config: { grpc_endpoint: backend.endpoint, timeout: '5m' } },
    },
    connections: [{ from: 'in', to: 'out' }],
  });

describe('dataflow run', () => {
  it('takes Ctrl-C, which reaches it directly and through npm, for one signal', async () => {
    const backend = await OtlpGrpcServer.start();
    try {
      const config = sending(3, backend);
      await using dataflow = DataflowProcess.start(['run', '-c', inline(config), '--log-format', 'json']);
      await dataflow.waitFor('stderr', /"running"/);
      dataflow.kill('SIGINT');
      dataflow.kill('SIGINT');
      expect(await dataflow.ended).toEqual({ code: 0, signal: null });
      expect(dataflow.stdout).toMatch(/received (\d+), exported \1, failed 0, dropped 0\n$/);
    } finally {
      backend.stop();
    }
  });

  it('ends at once on a second signal, counts what it dropped, and exits with 1', async () => {
    const stuck = await OtlpGrpcServer.start();
    stuck.answer = () => 'hang';
    try {
      const config = sending(3, stuck);
      await using dataflow = DataflowProcess.start(['run', '-c', inline(config), '--log-format', 'json']);
      await eventually(() => stuck.received.length === 3);
      dataflow.kill('SIGTERM');
      await dataflow.waitFor('stderr', /draining; a second signal forces the end/);
      const forced = performance.now();
      // Signals within half a second of the first count as the first; an impatient operator goes on.
      const impatient = setInterval(() => dataflow.kill('SIGTERM'), 100);
      expect(await dataflow.ended.finally(() => clearInterval(impatient))).toEqual({ code: 1, signal: null });
      expect(performance.now() - forced).toBeLessThan(5_000);
      expect(dataflow.stdout).toBe('pipeline default/main: received 3, exported 0, failed 0, dropped 3\n');
    } finally {
      stuck.stop();
    }
  });

  it('ends when the drain takes longer than it may, and exits with 1', async () => {
    const stuck = await OtlpGrpcServer.start();
    stuck.answer = () => 'hang';
    try {
      const config = sending(1, stuck);
      const args = ['run', '-c', inline(config), '--drain-timeout', '500ms', '--log-format', 'json'];
      await using dataflow = DataflowProcess.start(args);
      await eventually(() => stuck.received.length === 1);
      expect(await dataflow.stop()).toEqual({ code: 1, signal: null });
      expect(dataflow.stdout).toBe('pipeline default/main: received 1, exported 0, failed 0, dropped 1\n');
      expect(dataflow.stderr).toContain("pipeline 'default/main' was not drained after 0.5 s");
    } finally {
      stuck.stop();
    }
  });

  it('can be stopped while it starts', async () => {
    const config = onePipeline({
      extensions: {
        login: {
          type: 'extension:oauth2_client_auth',
          config: { token_url: 'http://127.0.0.1:1/token', client_id: 'me', client_secret: 'x' },
        },
      },
      nodes: {
        in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
        out: {
          type: 'exporter:otlp_http',
          capabilities: { bearer_token_provider: 'login' },
          config: { endpoint: 'http://127.0.0.1:1' },
        },
      },
      connections: [{ from: 'in', to: 'out' }],
    });
    await using dataflow = DataflowProcess.start(['run', '-c', inline(config), '--log-format', 'json']);
    await dataflow.waitFor('stderr', /cannot get a token/);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
    expect(dataflow.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('exits with 1 and names node and address once, when a port is in use', async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = taken.address() as { port: number };
      const config = inline(receiving(`127.0.0.1:${port}`));
      await using dataflow = DataflowProcess.start(['run', '-c', config, '--log-format', 'json']);
      expect((await dataflow.ended).code).toBe(1);
      const errors = dataflow.log.filter(({ level }) => level === 'error');
      expect(errors.map(({ message }) => message)).toEqual([
        expect.stringContaining(
          `receiver 'in' (receiver:otlp) of pipeline 'default/main' failed: cannot listen for OTLP over http on 127.0.0.1:${port}: ` +
            'another process listens there',
        ),
      ]);
    } finally {
      taken.close();
    }
  });

  it('exits with 1 and names the extension once, when one fails to start', async () => {
    const config = onePipeline({
      extensions: { guard: { type: 'extension:bearer_token_auth', config: { token_file: '/no/such/file' } } },
      nodes: {
        in: {
          type: 'receiver:otlp',
          capabilities: { bearer_token_authorizer: 'guard' },
          config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } },
        },
        out: { type: 'exporter:noop' },
      },
      connections: [{ from: 'in', to: 'out' }],
    });
    await using dataflow = DataflowProcess.start(['run', '-c', inline(config), '--log-format', 'json']);
    expect((await dataflow.ended).code).toBe(1);
    const errors = dataflow.log.filter(({ level }) => level === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      "extension 'guard' (extension:bearer_token_auth) of pipeline 'default/main' failed to start: token_file: cannot read the file " +
        '/no/such/file (ENOENT); check that it exists and that this process may read it',
    ]);
    expect(dataflow.stderr).not.toContain('"message":"listening"');
  });

  it('writes data and summaries to standard output, and the log to standard error', async () => {
    await using dataflow = DataflowProcess.start(['run', '-c', inline(receiving()), '--log-format', 'json']);
    await dataflow.address('in', 'http');
    await dataflow.stop();
    expect(dataflow.stdout).toBe('pipeline default/main: received 0, exported 0, failed 0, dropped 0\n');
    expect(dataflow.log.map(({ message }) => message)).toEqual([
      'listening',
      'running',
      'SIGTERM: draining; a second signal forces the end',
    ]);
  });
});

describe('dataflow components', () => {
  const builtIns = {
    receivers: ['receiver:otlp', 'receiver:traffic_generator'],
    processors: ['processor:batch', 'processor:dedup'],
    exporters: [
      'exporter:console',
      'exporter:error',
      'exporter:noop',
      'exporter:otlp_grpc',
      'exporter:otlp_http',
    ],
    extensions: [
      'urn:microsoft:extension:azure_identity_auth',
      'extension:bearer_token_auth',
      'extension:file_storage',
      'extension:headers_check',
      'extension:headers_setter',
      'extension:http_pool',
      'extension:oauth2_client_auth',
      'extension:redis_storage',
      'extension:token_bucket',
      'extension:token_bucket_per_consumer',
      'extension:token_bucket_per_worker',
    ],
  } as const;

  it('--json describes every built-in, with the JSON Schema of its configuration', async () => {
    const { code, stdout } = await runDataflow(['components', '--json']);
    expect(code).toBe(0);
    const list = JSON.parse(stdout);
    for (const [kind, types] of Object.entries(builtIns)) {
      expect(list[kind].map(({ type }: { type: string }) => type)).toEqual(types);
      for (const component of list[kind]) {
        expect(component).toMatchObject({
          urn: expect.stringMatching(/^urn:\w+:(receiver|processor|exporter|extension):\w+$/),
          description: expect.stringMatching(/^[A-Z].*\.$/),
          origin: 'built-in',
          config: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            additionalProperties: false,
          },
        });
      }
    }
    expect(list.extensions[1]).toMatchObject({
      traits: ['bearer_token_provider', 'bearer_token_authorizer'],
      execution: 'local',
      life: 'active',
    });
    expect(list.traits.map(({ name }: { name: string }) => name)).toEqual([
      'bearer_token_authorizer',
      'bearer_token_provider',
      'http_client_middleware',
      'http_connection_pool',
      'http_server_middleware',
      'key_value_store',
      'rate_limiter',
    ]);
  });

  it('lists every built-in and trait for people', async () => {
    const { code, stdout } = await runDataflow(['components']);
    expect(code).toBe(0);
    for (const type of Object.values(builtIns).flat()) expect(stdout).toContain(type);
    expect(stdout).toMatch(/^bearer_token_authorizer +extension:bearer_token_auth +Decides/m);
  });
});
