import { inputSchema } from '../config/schema/input-schema.js';
import type { Catalog, CatalogEntry } from '../extension/catalog.js';
import type {
  ExecutionModel,
  ExtensionDescriptor,
  ExtensionLife,
  Instancing,
} from '../extension/decorator.js';
import type { NodeDescriptor } from '../pipeline/decorators.js';
import type { ExtensionTrait } from '../traits/index.js';
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
  /** Traits that `capabilities:` may bind. */
  readonly uses: readonly string[];
  /** Traits that `capabilities:` must bind. */
  readonly requires: readonly string[];
}

export type NodeEntry = Entry;

export interface ExtensionEntry extends Entry {
  /** Traits that it provides. */
  readonly traits: readonly string[];
  readonly life: ExtensionLife;
  readonly execution: ExecutionModel;
  readonly instancing: Instancing;
  /** Whether others wait until it is ready, for as long as `readiness_timeout` of its declaration says. */
  readonly readiness: boolean;
}

export interface TraitEntry {
  readonly name: string;
  readonly id: string;
  readonly description: string;
  readonly methods: Readonly<Record<string, 'async' | 'stream' | 'direct'>>;
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

function entry(
  { descriptor, origin }: CatalogEntry,
  { uses, requires }: Pick<NodeDescriptor, 'uses' | 'requires'>,
): Entry {
  return {
    urn: descriptor.urn.text,
    type: descriptor.urn.short,
    description: descriptor.description,
    origin,
    config: inputSchema(descriptor.config),
    uses: namesOf(uses),
    requires: namesOf(requires),
  };
}

function nodeEntry(catalogEntry: CatalogEntry): NodeEntry {
  return entry(catalogEntry, catalogEntry.descriptor as NodeDescriptor);
}

function extensionEntry(catalogEntry: CatalogEntry): ExtensionEntry {
  const descriptor = catalogEntry.descriptor as ExtensionDescriptor;
  return {
    ...entry(catalogEntry, descriptor),
    traits: namesOf(descriptor.traits),
    life: descriptor.life,
    execution: descriptor.execution,
    instancing: descriptor.instancing,
    readiness: descriptor.readiness !== undefined,
  };
}

const namesOf = (some: readonly ExtensionTrait<unknown>[]): readonly string[] => some.map(({ name }) => name);
