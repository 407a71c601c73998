import type { PackageNames } from './names.js';
import type { ComponentSample } from './sample.js';

/** A receiver of lines over TCP. */
export function receiverSample({ file, className, urn, id }: PackageNames): ComponentSample {
  const description = 'Takes lines over TCP and makes a log record of each.';
  return {
    description,
    fields: [
      {
        name: 'listening_addr',
        schema: 'socketAddress()',
        imports: ['socketAddress'],
        description: 'Where it listens, such as 127.0.0.1:5514.',
      },
      {
        name: 'max_line_size',
        schema: "byteSize().prefault('64KiB')",
        imports: ['byteSize'],
        description: 'The longest line. A connection that sends a longer one is closed.',
      },
    ],
    source: `import { createServer, type Socket } from 'node:net';
import {
  config,
  EffectHandler,
  inject,
  jsonToProtobuf,
  Pdata,
  Receiver,
  type ReceiverContext,
  type ReceiverNode,
} from 'otap-dataflow';
import { ${className}Config, type ${className}Settings } from './config.js';

/** ${description} */
@Receiver({ urn: '${urn}', description: '${description}', config: ${className}Config })
export class ${className} implements ReceiverNode {
  readonly #connections = new Map<Socket, Promise<void>>();

  constructor(
    @config() private readonly settings: ${className}Settings,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {}

  /** Runs until the engine wants no more data. */
  async start(ctx: ReceiverContext): Promise<void> {
    const { logger } = this.effect;
    const server = createServer((socket) => this.#accept(socket));
    // Rejects when the address cannot be had, which fails the start of the pipeline.
    const address = await ctx.listen(server, this.settings.listening_addr);
    server.on('error', (error) => logger.error('cannot accept a connection', { error }));
    logger.info('listening', { host: address.address, port: address.port });
    ctx.ready();
    await ctx.stopping();
    server.close();
    for (const socket of this.#connections.keys()) socket.destroy();
    await Promise.all(this.#connections.values());
  }

  #accept(socket: Socket): void {
    const reading = this.#read(socket)
      .catch((error: unknown) => this.effect.logger.warn('a connection was lost', { error }))
      .finally(() => this.#connections.delete(socket));
    this.#connections.set(socket, reading);
  }

  async #read(socket: Socket): Promise<void> {
    let rest = '';
    for await (const chunk of socket.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\\n');
      rest = lines.pop() ?? '';
      if ([...lines, rest].some((line) => Buffer.byteLength(line) > this.settings.max_line_size)) {
        throw new Error('a line is longer than max_line_size');
      }
      // Waits while the pipeline is full, so that the sender waits too.
      if (lines.length > 0) await this.effect.send(this.#logs(lines));
    }
    if (rest !== '') await this.effect.send(this.#logs([rest]));
  }

  #logs(lines: readonly string[]): Pdata {
    const time = String(BigInt(Math.round(this.effect.clock.wallTime())) * 1_000_000n);
    const logRecords = lines.map((line) => ({
      timeUnixNano: time,
      observedTimeUnixNano: time,
      body: { stringValue: line },
    }));
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
    return new Pdata('logs', jsonToProtobuf('logs', JSON.stringify(request)));
  }
}
`,
    test: `import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { protobufToJson } from 'otap-dataflow';
import { type ReceiverHarness, runReceiver } from 'otap-dataflow/testing';
import { ${className} } from '../src/index.js';

/** The port that it listens on, as it says in its log. */
function portOf(harness: ReceiverHarness): number {
  const line = harness.logs.lines.find(({ message }) => message === 'listening');
  return Number(line?.fields['port']);
}

describe('${className}', () => {
  it('makes a log record of each line', async () => {
    await using harness = await runReceiver(${className}, { config: { listening_addr: '127.0.0.1:0' } });
    await harness.whenReady;
    connect(portOf(harness), '127.0.0.1').end('disk full\\ndisk empty\\n');
    const [first] = await harness.whenSent(1);
    assert.equal(first?.pdata.itemCount, 2);
    assert.match(JSON.stringify(protobufToJson('logs', first.pdata.bytes)), /disk full.*disk empty/);
  });

  it('closes a connection that sends too long a line', async () => {
    await using harness = await runReceiver(${className}, {
      config: { listening_addr: '127.0.0.1:0', max_line_size: '8B' },
    });
    await harness.whenReady;
    const socket = connect(portOf(harness), '127.0.0.1');
    // The server may reset the connection, which is an end as good as any.
    socket.on('error', () => {}).resume().write('longer than eight');
    await new Promise((resolve) => socket.on('close', resolve));
    assert.deepEqual(harness.sent, []);
  });

  it('stops while a connection is open', async () => {
    await using harness = await runReceiver(${className}, { config: { listening_addr: '127.0.0.1:0' } });
    await harness.whenReady;
    const socket = connect(portOf(harness), '127.0.0.1').resume();
    await new Promise((resolve) => socket.on('connect', resolve));
    assert.deepEqual(await harness.stop(), []);
  });

  it('refuses an address that is none', async () => {
    await assert.rejects(runReceiver(${className}, { config: { listening_addr: 'here' } }), /listening_addr/);
  });
});
`,
    pipeline: `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        nodes:
          ${id}: { type: "${urn}", config: { listening_addr: 127.0.0.1:5514 } }
          out: { type: exporter:console }
        connections:
          - { from: ${id}, to: out }
# Try it: echo hello | nc -q1 127.0.0.1 5514 (the file of the class is src/${file}.ts)
`,
  };
}
