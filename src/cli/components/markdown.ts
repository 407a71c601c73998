import type { ComponentList, ExtensionEntry, NodeEntry, TraitEntry } from '../../engine/component-list.js';
import { configTable } from './config-table.js';
import { markdownTable } from './markdown-table.js';
import { usesInWords } from './uses.js';

const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

/** A component list as a Markdown document: for each kind an overview, and each component with its configuration. */
export function componentMarkdown(list: ComponentList): string {
  const chapters = [
    chapter('Receivers', list.receivers, nodeTable, nodeFacts),
    chapter('Processors', list.processors, nodeTable, nodeFacts),
    chapter('Exporters', list.exporters, nodeTable, nodeFacts),
    chapter('Extensions', list.extensions, extensionTable, extensionFacts),
    list.traits.length === 0 ? '' : `## Traits\n\n${traitTable(list.traits)}`,
  ];
  return `# Components\n\n${chapters.filter((text) => text !== '').join('\n')}`;
}

function chapter<Entry extends NodeEntry>(
  title: string,
  entries: readonly Entry[],
  overview: (entries: readonly Entry[]) => string,
  facts: (entry: Entry) => readonly (readonly [string, string])[],
): string {
  if (entries.length === 0) return '';
  const components = entries.map((entry) => {
    const list = facts(entry).filter(([, text]) => text !== '');
    const lines = list.map(([name, text]) => `- ${name}: ${text}\n`).join('');
    return `### ${code(entry.type)}\n\n${entry.description}\n\n${lines}\n${configTable(entry.config)}`;
  });
  return `## ${title}\n\n${overview(entries)}\n${components.join('\n')}`;
}

function nodeTable(entries: readonly NodeEntry[]): string {
  return markdownTable(
    ['type', 'what it does', 'uses'],
    entries.map((entry) => [code(entry.type), entry.description, usesInWords(entry, code)]),
  );
}

function extensionTable(entries: readonly ExtensionEntry[]): string {
  return markdownTable(
    ['type', 'what it does', 'provides', 'uses', 'life', 'execution', 'instances'],
    entries.map((entry) => [
      code(entry.type),
      entry.description,
      codes(entry.traits),
      usesInWords(entry, code),
      entry.life,
      entry.execution,
      entry.instancing,
    ]),
  );
}

function traitTable(entries: readonly TraitEntry[]): string {
  return markdownTable(
    ['trait', 'what it is', 'methods', 'provided by'],
    entries.map(({ name, description, methods, providedBy }) => [
      code(name),
      description,
      Object.entries(methods)
        .map(([method, behaviour]) => `${code(`${method}()`)} (${behaviour})`)
        .join(', '),
      codes(providedBy),
    ]),
  );
}

function nodeFacts(entry: NodeEntry): readonly (readonly [string, string])[] {
  return [
    ['URN', code(entry.urn)],
    ['uses', usesInWords(entry, code)],
    ['brought by', entry.origin],
  ];
}

function extensionFacts(entry: ExtensionEntry): readonly (readonly [string, string])[] {
  return [
    ['URN', code(entry.urn)],
    ['provides', codes(entry.traits)],
    ['uses', usesInWords(entry, code)],
    ['life', entry.life],
    ['execution', entry.execution],
    ['instances', entry.instancing],
    ['brought by', entry.origin],
  ];
}
