import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const folder = new URL('../../../src/receivers/otlp/', import.meta.url);

/** What each file of the folder imports from the folder, types included. */
const imports = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const source = readFileSync(new URL(name, folder), 'utf8');
      const siblings = [...source.matchAll(/from '\.\/([^']+)\.js'/g)].map(([, sibling]) => `${sibling}.ts`);
      return [name, siblings] as const;
    }),
);

it('no two files of the receiver need each other, not even for a type', () => {
  const circles: string[] = [];
  const follow = (path: readonly string[]): void => {
    for (const next of imports.get(path.at(-1) ?? '') ?? []) {
      if (next === path[0]) circles.push([...path, next].join(' -> '));
      else if (!path.includes(next)) follow([...path, next]);
    }
  };
  for (const name of imports.keys()) follow([name]);
  expect(imports.get('exchange.ts')).toContain('ingress.ts');
  expect(circles).toEqual([]);
});
