import { structureProblems } from '../messages.js';
import type { ComponentSpec } from '../spec.js';
import { plainValue, type Tree } from '../tree.js';
import { parseUrn, type Urn } from '../urn.js';
import type { MapReader } from './map-reader.js';
import { urnHint } from './urn-hint.js';

/** Reads what nodes and extensions have in common; `undefined` when it is not known what the component is. */
export function readComponent(
  component: MapReader,
  id: string,
  section: 'nodes' | 'extensions',
): ComponentSpec | undefined {
  const type = readType(component, id, section);
  const config = component.field('config');
  const capabilities = readCapabilities(component);
  if (type === undefined) return undefined;
  const value = config === undefined ? undefined : plainValue(config);
  return { id, type, config: value, capabilities, path: component.path };
}

function readType(component: MapReader, id: string, section: 'nodes' | 'extensions'): Urn | undefined {
  const tree = component.required('type');
  const text = tree === undefined ? undefined : component.textOf(tree, ['type'], 'type');
  if (text === undefined) return undefined;
  const urn = parseUrn(text);
  if (urn === undefined) {
    const expanded = tree?.kind === 'scalar' && tree.expanded;
    const kinds =
      section === 'nodes' ? (['receiver', 'processor', 'exporter'] as const) : (['extension'] as const);
    component.problem(
      structureProblems.badUrn(expanded ? undefined : text, urnHint(expanded ? '' : text, kinds)),
      'type',
    );
    return undefined;
  }
  if (section === 'nodes' && urn.kind === 'extension') {
    component.problem(structureProblems.misplacedExtension(id), 'type');
    return undefined;
  }
  if (section === 'extensions' && urn.kind !== 'extension') {
    component.problem(structureProblems.misplacedNode(id, urn.kind), 'type');
    return undefined;
  }
  return urn;
}

function readCapabilities(component: MapReader): ComponentSpec['capabilities'] {
  if (component.field('capabilities') === undefined) return new Map();
  const capabilities = component.map('capabilities', 'capabilities');
  if (capabilities === undefined) return undefined;
  const read = ([trait, tree]: readonly [string, Tree]): [string, string | undefined] => [
    trait,
    capabilities.textOf(tree, [trait], trait),
  ];
  return new Map(capabilities.entries().map(read));
}
