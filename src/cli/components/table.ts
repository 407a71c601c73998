import type { ComponentList, ExtensionEntry, NodeEntry, TraitEntry } from '../../engine/component-list.js';
import { usesInWords } from './uses.js';

/** A component list as columns for a terminal, a section for each kind. */
export function componentTable(list: ComponentList): string {
  const nodes = (title: string, entries: readonly NodeEntry[]): string =>
    section([title, 'USES', 'DESCRIPTION'], entries, (entry) => [
      entry.type,
      usesInWords(entry),
      entry.description,
    ]);
  const sections = [
    nodes('RECEIVERS', list.receivers),
    nodes('PROCESSORS', list.processors),
    nodes('EXPORTERS', list.exporters),
    section(
      ['EXTENSIONS', 'PROVIDES', 'LIFE', 'EXECUTION', 'INSTANCES', 'USES', 'DESCRIPTION'],
      list.extensions,
      (entry: ExtensionEntry) => [
        entry.type,
        entry.traits.join(', '),
        entry.life,
        entry.execution,
        entry.instancing,
        usesInWords(entry),
        entry.description,
      ],
    ),
    section(['TRAITS', 'PROVIDED BY', 'DESCRIPTION'], list.traits, (entry: TraitEntry) => [
      entry.name,
      entry.providedBy.join(', '),
      entry.description,
    ]),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function section<Entry>(
  header: readonly string[],
  entries: readonly Entry[],
  cells: (entry: Entry) => readonly string[],
): string {
  if (entries.length === 0) return '';
  const rows = [header, ...entries.map((entry) => cells(entry).map(onOneLine))];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    row.map((text, column) => text.padEnd(widths[column] as number)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

const onOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
