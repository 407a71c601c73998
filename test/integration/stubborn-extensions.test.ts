import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataflowProcess, inline, packageRoot } from '../fixtures/dataflow-process.js';

/** Signals within half a second of the first count as the first. */
const IMPATIENCE_MS = 700;

/** How long the process may go on after the end was forced, on a machine that is busy. */
const GONE_MS = 1_500;

/** A plugin whose extensions do not stop as they should. */
const plugin = `
import { config, Extension, z } from 'otap-dataflow';

export class Stubborn {
  constructor(settings) {
    this.settings = settings;
  }
  async start(ctx) {
    process.stderr.write(ctx.name + ' has started\\n');
    if (this.settings.how !== 'never ready') ctx.ready();
    await ctx.stopping();
    if (this.settings.how === 'throws') throw new Error('could not flush');
    await new Promise(() => {});
  }
}
config()(Stubborn, undefined, 0);
Extension({
  urn: 'urn:acme:extension:stubborn',
  description: 'Does not stop as it should.',
  execution: 'local',
  readiness: () => 60_000,
  config: z.strictObject({ how: z.string() }),
})(Stubborn);
`;

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stubborn-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(packageRoot, join(folder, 'node_modules', 'otap-dataflow'), 'dir');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'stubborn.js'), plugin);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Declared {
  readonly engine?: string;
  readonly group?: string;
  readonly pipeline?: string;
}

/** @param how what the extension of each scope does; a scope that is not named has none */
function started({ engine, group, pipeline }: Declared): DataflowProcess {
  const declared = (name: string, how: string | undefined): object =>
    how === undefined ? {} : { [name]: { type: 'urn:acme:extension:stubborn', config: { how } } };
  const config = {
    version: 'otel_dataflow/v1',
    engine: { extensions: declared('widest', engine) },
    groups: {
      edge: {
        extensions: declared('wider', group),
        pipelines: {
          main: {
            extensions: declared('own', pipeline),
            nodes: {
              in: {
                type: 'receiver:otlp',
                config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } },
              },
              out: { type: 'exporter:noop' },
            },
            connections: [{ from: 'in', to: 'out' }],
          },
        },
      },
    },
  };
  const args = ['run', '-c', inline(config), '--plugin', './stubborn.js', '--log-format', 'json'];
  return DataflowProcess.start(args, { cwd: folder });
}

/** How long the process lives after a second signal, in milliseconds. */
async function force(dataflow: DataflowProcess): Promise<number> {
  dataflow.kill('SIGTERM');
  await dataflow.waitFor('stderr', /a second signal forces the end/);
  await new Promise((resolve) => setTimeout(resolve, IMPATIENCE_MS));
  const forced = performance.now();
  dataflow.kill('SIGTERM');
  expect(await dataflow.ended).toEqual({ code: 1, signal: null });
  return performance.now() - forced;
}

const said = (name: string, scope: string, what: string): string =>
  `extension '${name}' (urn:acme:extension:stubborn) of ${scope} ${what}`;

const ABANDONED = 'had not stopped when the end was forced, and was abandoned';

describe('a second signal', () => {
  it('ends the process at once though an extension of each scope does not stop, and says which', async () => {
    await using dataflow = started({ engine: 'hangs', group: 'hangs', pipeline: 'hangs' });
    await dataflow.waitFor('stderr', /"message":"running"/);
    expect(await force(dataflow)).toBeLessThan(GONE_MS);
    const messages = dataflow.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(messages).toEqual([
      said('own', "pipeline 'edge/main'", ABANDONED),
      said('wider', "group 'edge'", ABANDONED),
      said('widest', 'the engine', ABANDONED),
    ]);
  });

  it('ends the process at once while an extension that does not stop starts', async () => {
    await using dataflow = started({ group: 'never ready' });
    await dataflow.waitFor('stderr', /wider has started/);
    expect(await force(dataflow)).toBeLessThan(GONE_MS);
    expect(dataflow.stderr).toContain(ABANDONED);
  });
});

describe('the exit code', () => {
  it.each([
    { engine: 'throws', scope: 'the engine', name: 'widest' },
    { group: 'throws', scope: "group 'edge'", name: 'wider' },
    { pipeline: 'throws', scope: "pipeline 'edge/main'", name: 'own' },
  ])('is 1 when an extension of $scope fails while it stops', async ({ scope, name, ...declared }) => {
    await using dataflow = started(declared);
    await dataflow.waitFor('stderr', /"message":"running"/);
    expect(await dataflow.stop()).toEqual({ code: 1, signal: null });
    const messages = dataflow.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(messages).toEqual([said(name, scope, 'failed while stopping: could not flush')]);
  });
});
