// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { loadText, pipelineText, reported } from './load-text.js';

const NODE = 'groups.default.pipelines.main.nodes.in';

/** Loads a node with `config: { a: 1, list: [x, { b: 2 }] }` and sets fields of it. */
function set(...sets: string[]) {
  const text = pipelineText('in: { type: receiver:otlp, config: { a: 1, list: [x, { b: 2 }] } }');
  return loadText(text, { set: sets.map((each) => `${NODE}.config${each}`), env: { X: '5' } });
}

async function configAfter(...sets: string[]): Promise<unknown> {
  const loaded = await set(...sets);
  expect(reported(loaded)).toEqual([]);
  return loaded.spec?.pipelines[0]?.nodes.get('in')?.config;
}

const problemsOf = async (...sets: string[]) =>
  reported(await loadText(pipelineText(), { set: sets })).map((line) => line);

describe('--set', () => {
  it('replaces a value, which is read as YAML', async () => {
    expect(
      await configAfter('.a=x', '.b=2', '.c=[1, 2]', '.d={ e: true }', '.f="5"', '.g=', '.h=a=b'),
    ).toEqual({
      a: 'x',
      b: 2,
      c: [1, 2],
      d: { e: true },
      f: '5',
      g: null,
      h: 'a=b',
      list: ['x', { b: 2 }],
    });
  });

  it('makes the maps on its way, also in the place of a scalar', async () => {
    expect(await configAfter('.x.y.z=1', '.a.b=2')).toEqual({
      a: { b: 2 },
      list: ['x', { b: 2 }],
      x: { y: { z: 1 } },
    });
  });

  it('merges maps', async () => {
    expect(await configAfter('={ b: 2 }', '.list[1]={ c: 3 }')).toEqual({
      a: 1,
      b: 2,
      list: ['x', { b: 2, c: 3 }],
    });
  });

  it('reaches keys with any characters through quotes', async () => {
    expect(await configAfter('."b.c"=1', ".'d e'=2", '["f=g"]=3', "['h']=4")).toMatchObject({
      'b.c': 1,
      'd e': 2,
      'f=g': 3,
      h: 4,
    });
  });

  it('reaches items of lists, and appends with the index behind the last', async () => {
    expect(await configAfter('.list[0]=y', '.list[1].b=3', '.list[2]=z', '.new[0].x=1')).toEqual({
      a: 1,
      list: ['y', { b: 3 }, 'z'],
      new: [{ x: 1 }],
    });
  });

  it('expands like any other text', async () => {
    expect(await configAfter('.a=${env:X}', '.b="${env:X}"', '.c=$$')).toMatchObject({
      a: 5,
      b: '5',
      c: '$',
    });
  });

  it('is applied in order, after all files', async () => {
    expect(await configAfter('.a=2', '.a=3')).toMatchObject({ a: 3 });
  });

  it('does not change what an alias shares', async () => {
    const text = pipelineText('in: &n { type: receiver:otlp, config: { a: 1 } }\nother: *n');
    const { spec } = await loadText(text, { set: [`${NODE}.config.a=2`] });
    const nodes = spec?.pipelines[0]?.nodes;
    expect(nodes?.get('in')?.config).toEqual({ a: 2 });
    expect(nodes?.get('other')?.config).toEqual({ a: 1 });
  });

  it('has places of its own: the n-th --set is line n', async () => {
    const loaded = await loadText(pipelineText(), {
      set: [`${NODE}.config.a=1`, `${NODE}.tipe=x`, `${NODE}.type=otlp`],
    });
    expect(loaded.diagnostics.sorted().map(({ location, code }) => ({ ...location, code }))).toEqual([
      { file: '<set>', line: 2, column: 40, code: 'unknown_field' },
      { file: '<set>', line: 3, column: 45, code: 'invalid_urn' },
    ]);
  });

  it('can make a configuration out of nothing but an empty one', async () => {
    const { spec, diagnostics } = await loadText('{}', {
      set: ['version=otel_dataflow/v1', 'groups.g.pipelines.p.nodes.in.type=receiver:otlp'],
    });
    expect(diagnostics.sorted()).toEqual([]);
    expect(spec?.pipelines[0]?.nodes.has('in')).toBe(true);
  });
});

describe('a --set that is wrong', () => {
  it('has no value', async () => {
    expect(await problemsOf('a.b')).toEqual(["1:4 invalid_set there is no '=' here; write --set PATH=VALUE"]);
    expect(await problemsOf('')).toEqual(["1:1 invalid_set there is no '=' here; write --set PATH=VALUE"]);
  });

  it('has no path', async () => {
    const message = 'this is not a path; write it like a.b[0]."c.d", keys with other characters in quotes';
    expect(await problemsOf('=1', 'a..b=1', 'a[x]=1', '.a=1', 'a b=1', 'a["b"=1', '[0]=1')).toEqual([
      `1:1 invalid_set ${message}`,
      `2:3 invalid_set ${message}`,
      `3:2 invalid_set ${message}`,
      `4:1 invalid_set ${message}`,
      `5:2 invalid_set ${message}`,
      `6:6 invalid_set ${message}`,
      `7:1 invalid_set ${message}`,
    ]);
  });

  it('has a quote that is not closed', async () => {
    expect(await problemsOf('a."b=1')).toEqual(['1:3 invalid_set this quote is never closed']);
  });

  it('has a value that is not YAML', async () => {
    expect(await problemsOf('a=[1')).toEqual([expect.stringMatching(/^1:5 yaml_syntax this is not YAML: /)]);
  });

  it('takes a list for a map, a map for a list, or goes beyond its end', async () => {
    expect(reported(await set('.list.x=1', '.a[0]=1', '.list[3]=1', '.__proto__.x=1'))).toEqual([
      '1:52 invalid_set this would set a field of a list; write its index like [0]',
      '2:49 invalid_set this index needs a list, found a number',
      '3:52 invalid_set this index is out of range; the list has 2, write [2] to append',
      "4:47 invalid_key '__proto__' cannot be a key",
    ]);
  });
});
