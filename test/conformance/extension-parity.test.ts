import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

interface Row {
  /** The file of the reference that the test is in. */
  readonly file: string;
  readonly reference: string;
  /** `file › describe › it`, or `none: why`. */
  readonly here: string;
}

const SEPARATOR = ' › ';

/** The rows of the tables below each `## file`. */
async function readTable(): Promise<readonly Row[]> {
  const text = await readFile(new URL('extension-parity.md', import.meta.url), 'utf8');
  const rows: Row[] = [];
  let file = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) file = line.slice(3);
    const cells = line.match(/^\| (.*) \|$/)?.[1]?.split(' | ');
    const [reference = '', here = ''] = cells ?? [];
    if (cells === undefined || reference === 'reference' || reference === '---') continue;
    rows.push({ file, reference: reference.replaceAll('`', ''), here });
  }
  return rows;
}

/** `describe › it` of every test in a file; one that is skipped is none. */
async function testsIn(path: string): Promise<readonly string[]> {
  const text = await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
  const pattern = /^( *)(describe|it)(?:\.each\([^\n]*\))?\(\s*(['"`])((?:\\.|(?!\3).)*)\3/gm;
  const around: { readonly indent: number; readonly name: string }[] = [];
  const tests: string[] = [];
  for (const [, indent = '', what, , quoted = ''] of text.matchAll(pattern)) {
    const name = quoted.replace(/\\(.)/g, '$1');
    while ((around.at(-1)?.indent ?? -1) >= indent.length) around.pop();
    if (what === 'describe') around.push({ indent: indent.length, name });
    else tests.push([...around.map((outer) => outer.name), name].join(SEPARATOR));
  }
  return tests;
}

const table = await readTable();

describe('the table of parity with the reference', () => {
  it('has every test of the reference once, in 7 files', () => {
    expect(new Set(table.map(({ file }) => file)).size).toBe(7);
    const names = table.map(({ file, reference }) => `${file} ${reference}`);
    expect(names).toHaveLength(215);
    expect(new Set(names).size).toBe(names.length);
    // A name that is changed by accident changes this too.
    const digest = createHash('sha256').update(names.toSorted().join('\n')).digest('hex');
    expect(digest).toBe('5609d07fb9c9f77999bbc68de8aecd71225d9e72ce658798c9511c48909fc8fe');
  });

  it('leaves no row blank: each names a test, or says in a sentence why there is none', () => {
    const unanswered = table.filter(
      ({ here }) => !/^none: .{20,}/.test(here) && here.split(SEPARATOR).length !== 3,
    );
    expect(unanswered).toEqual([]);
  });

  it('names tests that exist', async () => {
    const missing: string[] = [];
    const known = new Map<string, readonly string[]>();
    for (const { here } of table) {
      if (here.startsWith('none: ')) continue;
      const [path = '', ...name] = here.split(SEPARATOR);
      expect(path).toMatch(/\.test\.ts$/);
      const tests = known.get(path) ?? (await testsIn(path));
      known.set(path, tests);
      if (!tests.includes(name.join(SEPARATOR))) missing.push(here);
    }
    expect(missing).toEqual([]);
    expect(known.size).toBeGreaterThan(10);
  });

  it('says of fewer than a quarter that they have no test', () => {
    const without = table.filter(({ here }) => here.startsWith('none: '));
    expect(without.length).toBeLessThan(table.length / 4);
  });
});
