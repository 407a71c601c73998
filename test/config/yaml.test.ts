import { describe, expect, it } from '@jest/globals';
import { loadText, pipelineText, reported, shown } from './load-text.js';

/** What is wrong with a text that is put under `engine.custom`, where anything goes. */
async function custom(text: string) {
  const lines = text.split('\n').map((line) => `    ${line}`);
  return loadText(`${pipelineText()}\nengine:\n  custom:\n${lines.join('\n')}`);
}

describe('the text of a configuration', () => {
  it('is YAML 1.2, where yes and on are strings and 0o17 is a number', async () => {
    const { spec } = await loadText(
      pipelineText('in: { type: receiver:otlp, config: { a: yes, b: on, c: 0o17, d: 017, e: ~ } }'),
    );
    expect(spec?.pipelines[0]?.nodes.get('in')?.config).toEqual({ a: 'yes', b: 'on', c: 15, d: 17, e: null });
  });

  it('may be JSON, indented with tabs', async () => {
    const text = JSON.stringify(
      {
        version: 'otel_dataflow/v1',
        groups: { g: { pipelines: { p: { nodes: { in: { type: 'receiver:otlp' } } } } } },
      },
      null,
      '\t',
    );
    const loaded = await loadText(text);
    expect(reported(loaded)).toEqual([]);
    expect(loaded.spec?.pipelines[0]?.nodes.has('in')).toBe(true);
  });

  it('may begin with a byte order mark, which does not count as a column', async () => {
    expect(reported(await loadText(`\ufeffversion: 1\n${pipelineText().slice(26)}`))).toEqual([
      "1:10 invalid_value 'version': expected a string, found a number",
    ]);
  });

  it('may have line breaks of Windows', async () => {
    const loaded = await loadText(
      `${pipelineText('in: { type: receiver:otlp, x: 1 }').replaceAll('\n', '\r\n')}`,
    );
    expect(reported(loaded)).toEqual([
      "7:38 unknown_field node 'in' has no field 'x'; there are 'type', 'config', 'capabilities', 'description', 'outputs', 'default_output', 'entity', 'header_capture', 'header_propagation', 'rate_limiters', 'policies'",
    ]);
    expect(shown(loaded)).not.toContain('\r');
  });

  it('must hold something', async () => {
    expect(reported(await loadText(''))).toEqual(['1:1 empty_config there is no configuration in it']);
    expect(reported(await loadText('# only a comment\n'))).toEqual([
      '1:1 empty_config there is no configuration in it',
    ]);
  });

  it('must be a map', async () => {
    expect(reported(await loadText('- a'))).toEqual([
      '1:1 invalid_value the configuration must be a map, found a list',
    ]);
    expect(reported(await loadText('word'))).toEqual([
      '1:1 invalid_value the configuration must be a map, found a string',
    ]);
  });

  it('must be one document', async () => {
    expect(reported(await loadText(`${pipelineText()}\n---\nversion: x\n`))).toEqual([
      '8:1 multiple_documents a second document begins here; a configuration is one document',
    ]);
  });

  it('cannot be indented with tabs', async () => {
    expect(reported(await loadText('version: otel_dataflow/v1\ngroups:\n\tdefault: {}'))).toEqual([
      '3:1 yaml_syntax this is not YAML: a tab cannot indent; use spaces',
    ]);
  });

  it('is reported as not YAML in our own words, which never cite it', async () => {
    const loaded = await loadText('version: "hunter2\nfoo: bar');
    expect(reported(loaded).map((line) => line.split(' ')[1])).toContain('yaml_syntax');
    expect(reported(loaded).join()).not.toContain('hunter2');
    expect(loaded.spec).toBeUndefined();
  });

  it('has all its syntax errors reported that the parser finds', async () => {
    expect(reported(await loadText('a: @x\nb: `y\nc: %z\n'))).toEqual([
      '1:4 yaml_syntax this is not YAML: a value cannot start with this character; put it in quotes',
      '2:4 yaml_syntax this is not YAML: a value cannot start with this character; put it in quotes',
      '3:4 yaml_syntax this is not YAML: a value cannot start with this character; put it in quotes',
    ]);
  });

  it('knows no tags beyond those of the core schema', async () => {
    expect(reported(await custom('a: !!binary aGk=\nb: !mine 1\nc: !!str 1'))).toEqual([
      '10:8 yaml_tag this tag is not known; only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are',
      '11:8 yaml_tag this tag is not known; only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are',
    ]);
  });
});

describe('keys', () => {
  it('stand once in a map', async () => {
    expect(reported(await custom('a: 1\nb: 2\na: 3'))).toEqual([
      "12:5 duplicate_key the key 'a' stands twice in this map, first in line 10",
    ]);
  });

  it('are strings', async () => {
    expect(reported(await custom('1: a\ntrue: b\n? [x]\n: c\n~: d'))).toEqual([
      '10:5 invalid_key a key must be a string; put it in quotes',
      '11:5 invalid_key a key must be a string; put it in quotes',
      '12:7 invalid_key a key must be a string, not a map, a list or an alias',
      '14:5 invalid_key a key must be a string; put it in quotes',
    ]);
  });

  it('cannot be __proto__, so that no object gets a foreign prototype', async () => {
    const loaded = await loadText(
      pipelineText('in:\n  type: receiver:otlp\n  config: { __proto__: { polluted: 1 }, constructor: 2 }'),
    );
    expect(reported(loaded)).toEqual(["9:23 invalid_key '__proto__' cannot be a key"]);
    const config = loaded.spec?.pipelines[0]?.nodes.get('in')?.config as object;
    expect(Object.getPrototypeOf(config)).toBe(Object.prototype);
    expect(Object.entries(config)).toEqual([['constructor', 2]]);
    expect('polluted' in {}).toBe(false);
  });

  it('do not merge with <<, as YAML 1.2 has it', async () => {
    expect(reported(await custom('a: &a { x: 1 }\nb: { <<: *a }'))).toEqual([
      "11:10 invalid_key '<<' does not merge maps in YAML 1.2; use an alias for a whole value, or several --config",
    ]);
  });

  it('are wrong alone: what stands below them is still looked at', async () => {
    expect(reported(await custom('1: { a: 1, a: 2 }')).map((line) => line.split(' ')[1])).toEqual([
      'invalid_key',
      'duplicate_key',
    ]);
  });
});

describe('aliases', () => {
  it('repeat a value', async () => {
    const { spec } = await loadText(
      pipelineText(
        'in: { type: receiver:otlp, config: &c { a: [1] } }\nother: { type: receiver:otlp, config: *c }',
      ),
    );
    expect(spec?.pipelines[0]?.nodes.get('other')?.config).toEqual({ a: [1] });
  });

  it('make one mistake count once, where it stands', async () => {
    expect(reported(await loadText(pipelineText('in: &n { type: otlp }\nother: *n')))).toEqual([
      "7:26 invalid_urn 'otlp' is not a type; write 'urn:<namespace>:<kind>:<id>', or 'receiver:<id>', 'processor:<id>', 'exporter:<id>'",
    ]);
  });

  it('need an anchor before them', async () => {
    expect(reported(await custom('a: *nowhere'))).toEqual([
      '10:8 invalid_alias no anchor of this name stands before this alias',
    ]);
  });

  it('cannot contain themselves', async () => {
    expect(reported(await custom('a: &a [1, *a]'))).toEqual([
      '10:15 invalid_alias this alias stands inside of what it repeats',
    ]);
  });

  it('cannot multiply without bounds', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      const before = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array(10).fill(before).join(', ')}]`);
    }
    const started = performance.now();
    const loaded = await custom(lines.join('\n'));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(reported(loaded)).toEqual([
      '14:49 too_large the aliases up to here repeat more than 100000 values',
    ]);
  });
});

describe('depth', () => {
  it('is bounded', async () => {
    const deep = `${'['.repeat(150)}${']'.repeat(150)}`;
    expect(reported(await custom(`a: ${deep}`))).toEqual([
      '10:106 too_deep values are nested deeper than 100 levels',
    ]);
  });

  it('is bounded through aliases too', async () => {
    const lines = [
      `a0: &a0 ${'['.repeat(60)}${']'.repeat(60)}`,
      `a1: &a1 ${'['.repeat(60)}*a0${']'.repeat(60)}`,
    ];
    expect(reported(await custom(lines.join('\n')))).toEqual([
      '11:73 too_deep values are nested deeper than 100 levels',
    ]);
  });

  it('of thousands of brackets does not exhaust the stack', async () => {
    const loaded = await loadText('['.repeat(20_000));
    expect(loaded.diagnostics.hasErrors).toBe(true);
    expect(loaded.spec).toBeUndefined();
  });
});
