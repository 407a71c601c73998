import { builtIns } from '../builtins.js';
import { type ComponentList, listComponents } from '../engine/component-list.js';
import { Catalog } from '../extension/catalog.js';
import { loadPlugin } from '../extension/plugin.js';
import { ExitCode } from './exit-code.js';

export interface ComponentsOptions {
  readonly json?: boolean;
  readonly plugin: readonly string[];
}

/** Lists every component and trait, for people or as JSON with the schemas of their configurations. */
export async function components(options: ComponentsOptions): Promise<ExitCode> {
  const plugins = await Promise.all(options.plugin.map((plugin) => loadPlugin(plugin, process.cwd())));
  const list = listComponents(new Catalog([builtIns, ...plugins]));
  process.stdout.write(options.json === true ? `${JSON.stringify(list, undefined, 2)}\n` : table(list));
  return ExitCode.OK;
}

function table(list: ComponentList): string {
  const sections: [string, readonly (readonly [string, string, string])[]][] = [
    ['RECEIVERS', list.receivers.map(({ type, uses, description }) => [type, uses.join(', '), description])],
    [
      'PROCESSORS',
      list.processors.map(({ type, uses, description }) => [type, uses.join(', '), description]),
    ],
    ['EXPORTERS', list.exporters.map(({ type, uses, description }) => [type, uses.join(', '), description])],
    [
      'EXTENSIONS',
      list.extensions.map(({ type, traits, description }) => [type, traits.join(', '), description]),
    ],
    [
      'TRAITS',
      list.traits.map(({ name, providedBy, description }) => [name, providedBy.join(', '), description]),
    ],
  ];
  const secondColumn: Readonly<Record<string, string>> = { EXTENSIONS: 'PROVIDES', TRAITS: 'PROVIDED BY' };
  return sections
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows]) => columns([[title, secondColumn[title] ?? 'USES', 'DESCRIPTION'], ...rows]))
    .join('\n');
}

function columns(rows: readonly (readonly [string, string, string])[]): string {
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows.map(([a, b, c]) => `${a.padEnd(first)}  ${b.padEnd(second)}  ${c}\n`).join('');
}
