import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** The rooms of the house. A file imports from its own room and from those above it. */
const rooms = [
  'traits',
  'pdata',
  'otlp',
  'config',
  'extension',
  'credentials',
  'pipeline',
  'telemetry',
  'engine',
  'extensions',
  'receivers',
  'processors',
  'exporters',
  'admin',
  'testing',
  'cli',
];

/** Rooms of components that ship with the engine. */
const builtIn = new Set(['extensions', 'receivers', 'processors', 'exporters']);

interface Import {
  /** Relative to src, with `/`. */
  readonly from: string;
  readonly to: string;
}

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(src, { recursive: true });
  return entries.filter((file) => /\.m?ts$/.test(file)).map((file) => file.replaceAll('\\', '/'));
}

/** Every text in a syntax tree that has the form wanted. */
function textsIn(node: unknown, form: RegExp, found: string[] = []): string[] {
  if (typeof node !== 'object' || node === null) return found;
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (type === 'StringLiteral' && typeof value === 'string' && form.test(value)) found.push(value);
  for (const child of Object.values(node)) textsIn(child, form, found);
  return found;
}

/**
 * Whatever names a module: imports and exports, of values and of types, dynamic ones, `require`, `new URL`. A
 * relative module can only be named by a text, whatever takes it.
 */
const specifiersIn = (node: unknown): string[] => textsIn(node, /^\.{1,2}\/.*\.m?js$/);

/** Places where a module is named by something else than a plain text, which no rule can follow. */
function hiddenImports(node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum: number, child) => sum + hiddenImports(child), 0);
  if (typeof node !== 'object' || node === null) return 0;
  const call = node as { type?: unknown; callee?: { type?: unknown; value?: unknown }; arguments?: unknown };
  const imports =
    call.type === 'CallExpression' && (call.callee?.type === 'Import' || call.callee?.value === 'require');
  const [argument] = imports ? (call.arguments as { expression: { type: string } }[]) : [];
  const hidden = argument !== undefined && argument.expression.type !== 'StringLiteral' ? 1 : 0;
  return hidden + Object.values(node).reduce((sum: number, child) => sum + hiddenImports(child), 0);
}

const parsed = (text: string): unknown =>
  parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' });

async function importsOf(file: string): Promise<Import[]> {
  const specifiers = specifiersIn(parsed(await readFile(join(src, file), 'utf8')));
  return specifiers.map((specifier) => ({
    from: file,
    to: relative(src, join(src, dirname(file), specifier))
      .replaceAll('\\', '/')
      .replace(/\.js$/, '.ts'),
  }));
}

const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);

/** The folder of one built-in, such as `receivers/otlp`. */
const folderOf = (file: string): string => file.split('/').slice(0, 2).join('/');

let imports: Promise<Import[]> | undefined;

const allImports = (): Promise<Import[]> => {
  imports ??= sourceFiles().then(async (files) => (await Promise.all(files.map(importsOf))).flat());
  return imports;
};

/** Modules at the top of src that a room may import, besides the rooms above it. */
const AUTHORING = 'authoring.ts';
const compositionRoots = new Set(['index.ts', 'distribution.ts', 'builtins.ts', 'worker.ts']);

/** Rooms that know no other room. */
const knowNobody = new Set(['traits', 'pdata']);

function breaksOrder({ from, to }: Import): boolean {
  const [own, other] = [roomOf(from), roomOf(to)];
  if (knowNobody.has(own ?? '')) return other !== own;
  if (own === undefined) return false;
  if (other === undefined) {
    if (to === AUTHORING) return !builtIn.has(own) && own !== 'testing';
    return own !== 'cli';
  }
  return rooms.indexOf(other) > rooms.indexOf(own);
}

function opensPrivateDoor({ from, to }: Import): boolean {
  if (!builtIn.has(roomOf(from) ?? '')) return false;
  return folderOf(from) !== folderOf(to) && to !== AUTHORING;
}

describe('the house', () => {
  it('has no room that the rules do not know', async () => {
    const found = new Set((await sourceFiles()).map(roomOf).filter((room) => room !== undefined));
    expect([...found].filter((room) => !rooms.includes(room))).toEqual([]);
  });

  it('has nothing at its door but the public modules and their composition', async () => {
    const atTop = (await sourceFiles()).filter((file) => roomOf(file) === undefined);
    expect(atTop.filter((file) => file !== AUTHORING && !compositionRoots.has(file))).toEqual([]);
  });
});

describe('imports', () => {
  it('point up the list of rooms only', async () => {
    expect((await allImports()).filter(breaksOrder)).toEqual([]);
  });

  it('of a built-in stay in its own folder or take what authors can take', async () => {
    expect((await allImports()).filter(opensPrivateDoor)).toEqual([]);
  });

  it('of the authoring module know neither the engine nor a built-in', async () => {
    const forbidden = new Set(['engine', 'telemetry', 'cli', 'testing', ...builtIn]);
    const reached = new Set<string>();
    const all = await allImports();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from, to } of all) if (from === file) follow(to);
    };
    follow(AUTHORING);
    expect([...reached].filter((file) => forbidden.has(roomOf(file) ?? ''))).toEqual([]);
    expect(reached.size).toBeGreaterThan(20);
  });

  it('are named by plain texts, but for plugins', async () => {
    const hiding: string[] = [];
    for (const file of await sourceFiles()) {
      if (hiddenImports(parsed(await readFile(join(src, file), 'utf8'))) > 0) hiding.push(file);
    }
    expect(hiding).toEqual(['extension/plugin.ts']);
  });

  it('are found however they are written', () => {
    const texts = [
      "import { a } from '../x/y.js';",
      'import type { A } from "../x/y.js";',
      "import '../x/y.js';",
      "export * from '../x/y.js';",
      "export { a } from '../x/y.js';",
      "const a = await import('../x/y.js');",
      "type A = import('../x/y.js').A;",
      "const a = require('../x/y.js');",
      "new Worker(new URL('../x/y.js', import.meta.url));",
    ];
    expect(texts.map((text) => specifiersIn(parsed(text)))).toEqual(texts.map(() => ['../x/y.js']));
    expect(hiddenImports(parsed("await import('../x/' + y);"))).toBe(1);
  });

  it('never go through the door of the own package', async () => {
    const own = /^otap-dataflow(?:\/testing)?$/;
    for (const file of await sourceFiles()) {
      // Writes packages that come in by that door.
      if (file.startsWith('cli/new/')) continue;
      expect([file, textsIn(parsed(await readFile(join(src, file), 'utf8')), own)]).toEqual([file, []]);
    }
  });

  it('are recognized when they break a rule', () => {
    expect(breaksOrder({ from: 'pdata/x.ts', to: 'traits/y.ts' })).toBe(true);
    expect(breaksOrder({ from: 'traits/x.ts', to: 'pdata/y.ts' })).toBe(true);
    expect(breaksOrder({ from: 'engine/x.ts', to: 'cli/y.ts' })).toBe(true);
    expect(breaksOrder({ from: 'pipeline/x.ts', to: 'distribution.ts' })).toBe(true);
    expect(breaksOrder({ from: 'engine/x.ts', to: 'pipeline/y.ts' })).toBe(false);
    expect(opensPrivateDoor({ from: 'receivers/otlp/x.ts', to: 'otlp/status.ts' })).toBe(true);
    expect(opensPrivateDoor({ from: 'receivers/otlp/x.ts', to: 'receivers/traffic-generator/y.ts' })).toBe(
      true,
    );
    expect(opensPrivateDoor({ from: 'receivers/otlp/x.ts', to: 'authoring.ts' })).toBe(false);
  });
});
