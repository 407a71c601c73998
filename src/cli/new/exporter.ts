import type { PackageNames } from './names.js';
import type { ComponentSample } from './sample.js';

/** An exporter to a file of JSON lines. */
export function exporterSample({ className, urn, id }: PackageNames): ComponentSample {
  const description = 'Appends telemetry to a file, one OTLP/JSON request a line.';
  return {
    description,
    fields: [
      {
        name: 'path',
        schema: 'z.string().min(1)',
        imports: [],
        description: 'The file; it is made when absent.',
      },
    ],
    source: `import { type FileHandle, open } from 'node:fs/promises';
import {
  config,
  Exporter,
  type ExporterNode,
  inject,
  Logger,
  Nack,
  type Pdata,
  protobufToJson,
  reasonOf,
} from 'otap-dataflow';
import { ${className}Config, type ${className}Settings } from './config.js';

/** ${description} */
@Exporter({ urn: '${urn}', description: '${description}', config: ${className}Config })
export class ${className} implements ExporterNode {
  #file: FileHandle | undefined;

  constructor(
    @config() private readonly settings: ${className}Settings,
    @inject(Logger) private readonly log: Logger,
  ) {}

  /** Resolves when the data is delivered. What it throws says whether trying again may help. */
  async export(pdata: Pdata): Promise<void> {
    const line = JSON.stringify(protobufToJson(pdata.signal, pdata.bytes));
    try {
      const file = await this.#open();
      await file.appendFile(line + '\\n');
    } catch (cause) {
      throw Nack.retryable('cannot write to ' + this.settings.path + ': ' + reasonOf(cause), { cause });
    }
  }

  async shutdown(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#file === undefined) {
      this.#file = await open(this.settings.path, 'a');
      this.log.info('writing', { path: this.settings.path });
    }
    return this.#file;
  }
}
`,
    test: `import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runExporter, testLogs, testTraces } from 'otap-dataflow/testing';
import { ${className} } from '../src/index.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), '${id}-'));
});
after(() => rm(folder, { recursive: true }));

describe('${className}', () => {
  it('writes a line for each request', async () => {
    const path = join(folder, 'out.jsonl');
    await using harness = await runExporter(${className}, { config: { path } });
    await harness.send(testLogs(['disk full']));
    await harness.send(testTraces(['GET /']));
    assert.deepEqual(await harness.stop(), []);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\\n');
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /resourceLogs.*disk full/);
    assert.match(lines[1] ?? '', /resourceSpans.*GET \\//);
  });

  it('lets the data be tried again when the file cannot be written', async () => {
    const path = join(folder, 'no-such-folder', 'out.jsonl');
    await using harness = await runExporter(${className}, { config: { path } });
    await assert.rejects(harness.send(testLogs(1)), { name: 'Nack', permanent: false });
    assert.equal(harness.summary.failed, 1);
  });

  it('needs a path', async () => {
    await assert.rejects(runExporter(${className}), /path/);
  });
});
`,
    pipeline: `version: otel_dataflow/v1
groups:
  default:
    pipelines:
      main:
        nodes:
          in:
            type: receiver:traffic_generator
            config: { traffic_config: { signals_per_second: 5, log_weight: 1, trace_weight: 1 } }
          ${id}: { type: "${urn}", config: { path: out.jsonl } }
        connections:
          - { from: in, to: ${id} }
`,
  };
}
