import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import { Nack, Pdata, z } from '../../../src/authoring.js';
import { ConsoleExporter, ConsoleExporterConfig } from '../../../src/exporters/console/index.js';
import { CONFIG } from '../../../src/extension/services.js';
import { sampleJson, samplePdata } from '../../fixtures/otlp.js';
import { Captured, patient, pdata, printed, text } from './print.js';

const exporter = (output: Writable, settings: object = {}): ConsoleExporter =>
  new ConsoleExporter(ConsoleExporterConfig.parse(settings), output);

describe('what exporter:console prints in the format json', () => {
  it.each(['traces', 'metrics', 'logs'] as const)('is one OTLP/JSON line a request (%s)', async (signal) => {
    const options = { records: 3, resources: 2 };
    const line = await printed(samplePdata(signal, options), { format: 'json' });
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(pdata(signal, JSON.parse(line)).bytes).toEqual(pdata(signal, sampleJson(signal, options)).bytes);
  });
});

describe('data that would do something to a terminal', () => {
  const evil = 'a\u001b[2Jb\u009b31mc\r\nd\u202ee\u0007f\u007f\u2028g\t';
  const shown = 'a\\u001b[2Jb\\u009b31mc\\r\\nd\\u202ee\\u0007f\\u007f\\u2028g\\t';
  const log = pdata('logs', {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', evil), text(evil, evil)] },
        schemaUrl: evil,
        scopeLogs: [
          {
            scope: { name: evil, version: evil, attributes: [text(evil, evil)] },
            logRecords: [
              {
                severityText: evil,
                eventName: evil,
                body: { stringValue: evil },
                attributes: [
                  text(evil, evil),
                  { key: 'list', value: { arrayValue: { values: [{ stringValue: evil }] } } },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  const trace = pdata('traces', {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                name: evil,
                status: { code: 2, message: evil },
                events: [{ name: evil, attributes: [text(evil, evil)] }],
                links: [{ attributes: [text(evil, evil)] }],
              },
            ],
          },
        ],
      },
    ],
  });
  const metric = pdata('metrics', {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [{ name: evil, unit: evil, description: evil, gauge: { dataPoints: [{ asInt: '1' }] } }],
          },
        ],
      },
    ],
  });

  it.each([
    ['log', log],
    ['span', trace],
    ['metric', metric],
  ])('shows as what it is in every text of a %s', async (_what, data) => {
    for (const settings of [{ verbosity: 'detailed' }, { format: 'json' }]) {
      const output = await printed(data, settings);
      expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    }
  });

  it('is readable still', async () => {
    const [header, line] = (await printed(log)).split('\n');
    expect(header).toBe(`logs from ${shown}: 1 log record`);
    expect(line).toContain(`[${shown}]  ${shown}  "${shown}"="${shown}"`);
  });

  it('is the same data in JSON', async () => {
    const line = await printed(log, { format: 'json' });
    expect(pdata('logs', JSON.parse(line)).bytes).toEqual(log.bytes);
  });
});

describe('how exporter:console writes', () => {
  it('writes a request in one piece, so that lines of two exporters never mix', async () => {
    const output = new Captured();
    const [one, two] = [exporter(output), exporter(output)];
    const big = samplePdata('logs', { records: 500 });
    await Promise.all([one.export(big, patient), two.export(big, patient), one.export(big, patient)]);
    expect(output.writes).toHaveLength(3);
    for (const write of output.writes) expect(write.split('\n')).toHaveLength(502);
  });

  it('is done when the stream has handed the text on, and not before', async () => {
    let handedOn = (): void => {};
    const output = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        handedOn = done;
      },
    });
    let done = false;
    const exported = exporter(output)
      .export(samplePdata('logs'), patient)
      .then(() => {
        done = true;
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    handedOn();
    await exported;
  });

  it('gives up, to be tried again, when the drain has no more time', async () => {
    const stop = new AbortController();
    const output = new Writable({ write: () => {} });
    const exported = exporter(output).export(samplePdata('logs'), stop.signal);
    stop.abort();
    await expect(exported).rejects.toMatchObject({ name: 'Nack', permanent: false });
    await expect(exporter(output).export(samplePdata('logs'), stop.signal)).rejects.toBeInstanceOf(Nack);
  });

  it('refuses for good when nobody reads any more, and the process lives on', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const output = connect(port, '127.0.0.1');
    const [[reader]] = (await Promise.all([once(server, 'connection'), once(output, 'connect')])) as [
      [Socket],
      unknown,
    ];
    const console = exporter(output);
    await console.export(samplePdata('logs'), patient);
    reader.resetAndDestroy();
    const outcomes: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      outcomes.push(
        await console.export(samplePdata('logs', { records: 1000 }), patient).catch((error) => error),
      );
    }
    expect(outcomes.at(-1)).toMatchObject({ name: 'Nack', permanent: true });
    server.close();
  });

  it('may be tried again after any other failure', async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
    });
    await expect(exporter(output).export(samplePdata('logs'), patient)).rejects.toMatchObject({
      message: 'cannot write to standard output: no space left',
      permanent: false,
    });
  });

  it('leaves the stream as it was when it is shut down', async () => {
    const output = new Captured();
    const console = exporter(output);
    for (let i = 0; i < 20; i++) await console.export(samplePdata('logs'), patient);
    await console.shutdown();
    expect(output.eventNames().filter((name) => output.listenerCount(name) > 0)).toEqual(
      new Captured().eventNames().filter((name) => new Captured().listenerCount(name) > 0),
    );
    expect(output.writableEnded).toBe(false);
  });

  it('refuses malformed data for good', async () => {
    const malformed = new Pdata('logs', Uint8Array.of(0x0a, 0x05, 0x01), 1);
    await expect(printed(malformed)).rejects.toThrow('malformed OTLP protobuf');
    await expect(printed(malformed, { format: 'json' })).rejects.toThrow('malformed OTLP protobuf');
  });
});

describe('exporter:console', () => {
  it('prints to standard output when a container builds it', () => {
    const container = new Container();
    container.bind(CONFIG).toConstantValue(ConsoleExporterConfig.parse({}));
    container.bind(ConsoleExporter).toSelf().inSingletonScope();
    expect(container.get(ConsoleExporter)).toBeInstanceOf(ConsoleExporter);
  });

  it.each([{}, { format: 'pretty' }, { color: false, unicode: false, pretty: { histogram: 'raw' } }])(
    'takes what the reference engine takes (%#)',
    (settings) => {
      expect(ConsoleExporterConfig.safeParse(settings).success).toBe(true);
    },
  );

  it('says which formats there are', () => {
    const { error } = ConsoleExporterConfig.safeParse({ format: 'record_json' });
    expect(error?.issues[0]?.message).toBe(
      'must be pretty (lines for people) or json (one OTLP/JSON request a line); record_json is not made here',
    );
  });

  it('has a JSON Schema', () => {
    expect(z.toJSONSchema(ConsoleExporterConfig, { io: 'input' })).toMatchObject({ type: 'object' });
  });
});
