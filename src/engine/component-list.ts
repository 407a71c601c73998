import { z } from 'zod';
import type { Catalog, CatalogEntry } from '../extension/catalog.js';
import type { ExtensionDescriptor } from '../extension/decorator.js';
import type { NodeDescriptor } from '../pipeline/decorators.js';
import { traits } from '../traits/index.js';

/** What `dataflow components --json` prints: everything that an engine knows, for people and for tools. */
export interface ComponentList {
  readonly receivers: readonly NodeEntry[];
  readonly processors: readonly NodeEntry[];
  readonly exporters: readonly NodeEntry[];
  readonly extensions: readonly ExtensionEntry[];
  readonly traits: readonly TraitEntry[];
}

interface Entry {
  readonly urn: string;
  /** The shortest form that means the same in a configuration. */
  readonly type: string;
  readonly description: string;
  /** Who brought it. */
  readonly origin: string;
  /** JSON Schema (draft 2020-12) of `config`, as it is written in a file. */
  readonly config: object;
}

export interface NodeEntry extends Entry {
  /** Traits that `capabilities:` may bind. */
  readonly uses: readonly string[];
  /** Traits that `capabilities:` must bind. */
  readonly requires: readonly string[];
}

export interface ExtensionEntry extends Entry {
  readonly traits: readonly string[];
  readonly execution: 'local' | 'shared';
  readonly life: 'active' | 'passive' | 'background';
}

export interface TraitEntry {
  readonly name: string;
  readonly id: string;
  readonly description: string;
  readonly methods: Readonly<Record<string, 'async' | 'stream'>>;
  /** Types of the extensions that provide it. */
  readonly providedBy: readonly string[];
}

/** Lists a catalog, ordered by URN. */
export function listComponents(catalog: Catalog): ComponentList {
  const entries = catalog.entries();
  const nodes = (kind: NodeDescriptor['kind']): NodeEntry[] =>
    entries.filter(({ descriptor }) => descriptor.kind === kind).map(nodeEntry);
  const extensions = entries.filter(({ descriptor }) => descriptor.kind === 'extension').map(extensionEntry);
  return {
    receivers: nodes('receiver'),
    processors: nodes('processor'),
    exporters: nodes('exporter'),
    extensions,
    traits: traits.map(({ name, id, description, methods }) => ({
      name,
      id,
      description,
      methods: methods as TraitEntry['methods'],
      providedBy: extensions.filter((entry) => entry.traits.includes(name)).map((entry) => entry.type),
    })),
  };
}

function entry({ descriptor, origin }: CatalogEntry): Entry {
  return {
    urn: descriptor.urn.text,
    type: descriptor.urn.short,
    description: descriptor.description,
    origin,
    config: z.toJSONSchema(descriptor.config, { io: 'input', unrepresentable: 'any' }),
  };
}

function nodeEntry(catalogEntry: CatalogEntry): NodeEntry {
  const descriptor = catalogEntry.descriptor as NodeDescriptor;
  return {
    ...entry(catalogEntry),
    uses: descriptor.uses.map(({ name }) => name),
    requires: descriptor.requires.map(({ name }) => name),
  };
}

function extensionEntry(catalogEntry: CatalogEntry): ExtensionEntry {
  const descriptor = catalogEntry.descriptor as ExtensionDescriptor;
  return {
    ...entry(catalogEntry),
    traits: descriptor.traits.map(({ name }) => name),
    execution: descriptor.execution,
    life: descriptor.life,
  };
}
