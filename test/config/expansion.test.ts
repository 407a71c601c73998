// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { loadText, pipelineText, reported, shown } from './load-text.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-expansion-'));
});
afterAll(() => rm(directory, { recursive: true }));

const variables = {
  HOST: 'backend',
  PORT: '4317',
  EMPTY: '',
  TRUE: 'true',
  DIGITS: '0123',
  DOLLARS: 'pa$$word ${env:HOST}',
  STRUCTURE: '{ a: 1 }\nb: [2]',
};

/** Loads a node whose config is these lines. */
function load(config: string, env: NodeJS.ProcessEnv = variables) {
  const lines = config.split('\n').map((line) => `  ${line}`);
  return loadText(pipelineText(`in:\n  type: receiver:otlp\n  config:\n  ${lines.join('\n  ')}`), {
    env,
    directory,
  });
}

async function configOf(config: string, env?: NodeJS.ProcessEnv): Promise<unknown> {
  const loaded = await load(config, env);
  expect(reported(loaded)).toEqual([]);
  return loaded.spec?.pipelines[0]?.nodes.get('in')?.config;
}

describe('${env:NAME}', () => {
  it('is the value of a variable, anywhere in a value', async () => {
    expect(
      await configOf('a: ${env:HOST}\nb: http://${env:HOST}:${env:PORT}/v1\nc: [x-${env:HOST}]'),
    ).toEqual({
      a: 'backend',
      b: 'http://backend:4317/v1',
      c: ['x-backend'],
    });
  });

  it('works between braces and brackets, where YAML would take its braces for its own', async () => {
    expect(await configOf('a: { b: ${env:HOST}, c: [${env:PORT}, ${env:X:-[1,2]}] }')).toEqual({
      a: { b: 'backend', c: [4317, '[1,2]'] },
    });
  });

  it('falls back to its default only when the variable is not set', async () => {
    expect(
      await configOf('a: ${env:NONE:-x:y}\nb: ${env:HOST:-x}\nc: "${env:EMPTY:-x}"\nd: "${env:NONE:-}"'),
    ).toEqual({ a: 'x:y', b: 'backend', c: '', d: '' });
  });

  it('is an error without the variable and a default, at its place', async () => {
    expect(reported(await load('a: x\nb: http://${env:NONE}/${env:GONE}'))).toEqual([
      "11:25 undefined_variable the environment variable 'NONE' is not set; set it, or write ${env:NONE:-default}",
      "11:37 undefined_variable the environment variable 'GONE' is not set; set it, or write ${env:GONE:-default}",
    ]);
  });

  it('does not reach what an environment object inherits', async () => {
    expect(reported(await load('a: ${env:constructor}'))).toHaveLength(1);
  });

  it('is found at its own place when it stands several times', async () => {
    expect(reported(await load('a: "${env:NONE} ${env:NONE}"')).map((line) => line.split(' ')[0])).toEqual([
      '10:19',
      '10:31',
    ]);
  });
});

describe('what an expansion gives', () => {
  it('is read like other YAML when the value has no quotes', async () => {
    expect(
      await configOf('a: ${env:PORT}\nb: ${env:TRUE}\nc: ${env:EMPTY}\nd: 1${env:PORT}\ne: v${env:PORT}'),
    ).toEqual({
      a: 4317,
      b: true,
      c: null,
      d: 14317,
      e: 'v4317',
    });
  });

  it('is a string when the value has quotes, is a block, or says so', async () => {
    expect(
      await configOf('a: "${env:PORT}"\nb: \'${env:PORT}\'\nc: |-\n  ${env:PORT}\nd: !!str ${env:PORT}'),
    ).toEqual({
      a: '4317',
      b: '4317',
      c: '4317',
      d: '4317',
    });
  });

  it('never becomes structure', async () => {
    expect(await configOf('a: ${env:STRUCTURE}')).toEqual({ a: variables.STRUCTURE });
  });

  it('is never expanded again', async () => {
    expect(await configOf('a: ${env:DOLLARS}\nb: "${env:DOLLARS}"')).toEqual({
      a: variables.DOLLARS,
      b: variables.DOLLARS,
    });
  });

  it('is not looked for in keys', async () => {
    expect(await configOf('${env:HOST}: 1')).toEqual({ '${env:HOST}': 1 });
  });

  it('is never shown, not even when it is wrong', async () => {
    const text = pipelineText('in: { type: "${env:SECRET}", outputs: ["${env:SECRET}", "${env:SECRET}"] }');
    const loaded = await loadText(text, { env: { SECRET: 'hunter2' } });
    expect(reported(loaded)).toEqual([
      "7:23 invalid_urn this is not a type; write 'urn:<namespace>:<kind>:<id>', or 'receiver:<id>', 'processor:<id>', 'exporter:<id>'",
      '7:67 invalid_value the output named here is declared twice',
    ]);
    expect(shown(loaded)).not.toContain('hunter2');
  });
});

describe('${file:PATH}', () => {
  it('is the text of a file, without the line breaks at its end', async () => {
    await writeFile(join(directory, 'secret'), 'line 1\nline 2\n\n');
    expect(await configOf('a: ${file:secret}')).toEqual({ a: 'line 1\nline 2' });
  });

  it('is relative to the file that names it', async () => {
    await mkdir(join(directory, 'sub'), { recursive: true });
    await writeFile(join(directory, 'sub', 'token'), 'from below');
    await writeFile(
      join(directory, 'sub', 'main.yaml'),
      pipelineText('in: { type: receiver:otlp, config: { a: "${file:token}" } }'),
    );
    const { spec } = await loadConfig([join(directory, 'sub', 'main.yaml')], { env: {} });
    expect(spec?.pipelines[0]?.nodes.get('in')?.config).toEqual({ a: 'from below' });
  });

  it('is an error when the file cannot be read', async () => {
    await writeFile(join(directory, 'latin1'), Buffer.from([0xe4]));
    await writeFile(join(directory, 'huge'), Buffer.alloc(2 ** 20 + 1));
    expect(
      reported(
        await load('a: ${file:gone}\nb: ${file:.}\nc: ${file:latin1}\nd: ${file:huge}\ne: ${file:/dev/zero}'),
      ),
    ).toEqual([
      "10:18 file_not_found there is no file 'gone'",
      "11:18 file_unreadable the file '.' cannot be read: it is a directory",
      "12:18 file_unreadable the file 'latin1' is not UTF-8 text",
      "13:18 too_large the file 'huge' is larger than 1 MiB",
      "14:18 too_large the file '/dev/zero' is larger than 1 MiB",
    ]);
  });
});

describe('a dollar', () => {
  it('is written $$, and alone it is a dollar too', async () => {
    expect(await configOf('a: $$5\nb: 5$\nc: a$b\nd: $${env:HOST}\ne: $$$${x}\nf: $$${env:HOST}')).toEqual({
      a: '$5',
      b: '5$',
      c: 'a$b',
      d: '${env:HOST}',
      e: '$${x}',
      f: '$backend',
    });
  });

  it('before a brace must be an expansion that is known', async () => {
    expect(
      reported(
        await load(
          'a: ${HOST}\nb: ${foo:x}\nc: "${env:HOST"\nd: ${env:A:-${env:B}}\ne: ${env:1-X}\nf: ${file:}',
        ),
      ),
    ).toEqual([
      '10:18 invalid_expansion this names no source; write ${env:NAME}, or $${NAME} for the text itself',
      '11:18 invalid_expansion this source is not known; write ${env:NAME} or ${file:PATH}, or $${ for the text itself',
      "12:19 invalid_expansion '${' is never closed; add '}', or write $${ for the text itself",
      '13:18 invalid_expansion ${...} cannot stand inside of another one',
      '14:18 invalid_expansion this is not the name of a variable; write ${env:NAME} or ${env:NAME:-default}',
      '15:18 invalid_expansion this names no file; write ${file:PATH}',
    ]);
  });
});

describe('a value that could not be expanded', () => {
  it('is reported once, whatever it would have been', async () => {
    const loaded = await loadText(
      [
        'version: ${env:A}',
        'policies: ${env:B}',
        'groups: { g: { pipelines: { p: { nodes: { in: { type: "${env:C}" } }, connections: [{ from: "${env:D}", to: "${env:E}" }] } } } }',
      ].join('\n'),
    );
    expect(reported(loaded).map((line) => line.split(' ')[1])).toEqual(Array(5).fill('undefined_variable'));
  });
});
