// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { ConfigFiles } from '../../src/config/sources/config-files.js';
import { fileVersion, NO_FILE, PIPE } from '../../src/config/sources/file-version.js';
import { pipelineText, reported } from './load-text.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-files-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

const load = (sources: readonly string[], set: readonly string[] = [], again = false) =>
  loadConfig(sources, { env: {}, directory, set, again });

describe('the files of a configuration', () => {
  it('are its sources and what values and --set name, each with its version', async () => {
    await writeFile(at('main.yaml'), `${pipelineText()}\nengine: { custom: { a: "\${file:./secret}" } }\n`);
    await writeFile(at('secret'), 's');
    await writeFile(at('set'), 't');
    const { files, diagnostics } = await load(
      ['main.yaml', 'yaml:version: otel_dataflow/v1'],
      ['engine.custom.b=${file:set}'],
    );
    expect(diagnostics.sorted()).toEqual([]);
    const names = [...files.keys()].sort();
    expect(names).toEqual([at('main.yaml'), at('secret'), at('set')]);
    for (const name of names) expect(files.get(name)).toBe(await fileVersion(name));
  });

  it('are those too that cannot be read', async () => {
    await writeFile(at('main.yaml'), 'engine: { custom: "${file:gone/secret}" }');
    const { files } = await load(['main.yaml', 'missing.yaml', '.']);
    expect(files.get(at('gone/secret'))).toBe(NO_FILE);
    expect(files.get(at('missing.yaml'))).toBe(NO_FILE);
    expect(files.get(directory)).toBe('other');
  });

  it('have the version that they had before they were read', async () => {
    await writeFile(at('main.yaml'), 'a');
    const before = await fileVersion(at('main.yaml'));
    const files = new ConfigFiles(false);
    const first = await files.read(at('main.yaml'), 'main.yaml', 100);
    // Whatever happens from here on is another version.
    appendFileSync(at('main.yaml'), 'b');
    expect(first).toEqual({ text: 'a' });
    expect(await files.read(at('main.yaml'), 'main.yaml', 100)).toEqual({ text: 'ab' });
    expect(files.versions).toEqual(new Map([[at('main.yaml'), before]]));
    expect(await fileVersion(at('main.yaml'))).not.toBe(before);
  });
});

describe('a pipe', () => {
  beforeEach(() => {
    execFileSync('mkfifo', [at('pipe')]);
  });

  it('is read in pieces, up to the limit', async () => {
    const files = new ConfigFiles(false);
    const writing = writeFile(at('pipe'), 'ä'.repeat(200_000));
    expect(await files.read(at('pipe'), 'pipe', 2 ** 20)).toEqual({ text: 'ä'.repeat(200_000) });
    await writing;
    expect(files.versions.get(at('pipe'))).toBe(PIPE);
    const tooMuch = writeFile(at('pipe'), 'x'.repeat(200_000)).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(await files.read(at('pipe'), 'pipe', 1024)).toEqual({
      problem: { code: 'too_large', message: "the file 'pipe' is larger than 1 KiB" },
    });
    expect(await tooMuch).toBe('EPIPE');
  });

  it('is not waited for when the configuration is read again', async () => {
    await writeFile(at('main.yaml'), 'engine: { custom: "${file:pipe}" }');
    expect(reported(await load(['main.yaml', 'pipe'], [], true))).toEqual([
      expect.stringContaining("'pipe' is a pipe, which gives its text once: it cannot be read again"),
      expect.stringContaining("'pipe' is a pipe, which gives its text once: it cannot be read again"),
    ]);
  });
});
