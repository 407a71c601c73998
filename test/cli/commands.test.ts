import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runCommand } from '../../src/cli/program.js';
import { schemaChecker } from '../fixtures/schema-places.js';

const demo = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));
const plugin = fileURLToPath(new URL('../fixtures/no-such-plugin.js', import.meta.url));

let stdout = '';
let stderr = '';
beforeEach(() => {
  stdout = '';
  stderr = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('dataflow schema', () => {
  it('prints the JSON Schema of configurations', async () => {
    expect(await runCommand(['schema'])).toBe(0);
    const schema = JSON.parse(stdout) as object;
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(schemaChecker(schema)({ version: 'otel_dataflow/v1' })).toBe(true);
  });

  it('says which plugin cannot be loaded', async () => {
    expect(await runCommand(['schema', '--plugin', plugin])).toBe(2);
    expect(stderr).toContain('no-such-plugin.js');
    expect(stdout).toBe('');
  });
});

describe('dataflow graph', () => {
  it.each([
    [[], /^flowchart LR\n/],
    [['--format', 'mermaid'], /^flowchart LR\n/],
    [['--format', 'dot'], /^digraph dataflow \{\n/],
    [['--format', 'svg'], /^<\?xml .*<\/svg>\s*$/s],
  ])('draws a configuration with %j', async (format, expected) => {
    expect(await runCommand(['graph', '--config', demo, ...format])).toBe(0);
    expect(stdout).toMatch(expected);
    for (const name of ['edge', 'gateway', 'bearer_token_authorizer']) expect(stdout).toContain(name);
  });

  it('prints what is wrong with a configuration in place of a drawing', async () => {
    const args = [
      'graph',
      '--config',
      demo,
      '--set',
      'groups.demo.pipelines.edge.nodes.x.type=exporter:nope',
    ];
    expect(await runCommand(args)).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('error[unknown_type]');
  });
});

describe('dataflow components', () => {
  it.each([
    [[], /^RECEIVERS /],
    [['--format', 'table'], /^RECEIVERS /],
    [['--format', 'json'], /^\{\n {2}"receivers": \[/],
    [['--json'], /^\{\n {2}"receivers": \[/],
    [['--format', 'markdown'], /^# Components\n/],
  ])('lists with %j', async (format, expected) => {
    expect(await runCommand(['components', ...format])).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it('knows no other formats', async () => {
    expect(await runCommand(['components', '--format', 'xml'])).toBe(2);
    expect(stderr).toContain('Allowed choices are table, json, markdown');
  });
});
