import type { Diagnostics } from '../config/diagnostic.js';
import type { ComponentSpec } from '../config/spec.js';
import { didYouMean } from '../config/suggest.js';
import type { Catalog, CatalogEntry } from './catalog.js';

/**
 * The component that a declaration's `type` names; `undefined` when none is known, which is reported, unless it
 * follows from a plugin that failed.
 */
export function findType(
  spec: ComponentSpec,
  catalog: Catalog,
  diagnostics: Diagnostics,
): CatalogEntry | undefined {
  const entry = catalog.find(spec.type);
  if (entry !== undefined) return entry;
  const known = catalog
    .entries()
    .filter(({ descriptor }) => descriptor.kind === spec.type.kind)
    .map(({ descriptor }) => descriptor.urn.short);
  const hint =
    didYouMean(spec.type.short, known) ??
    `'dataflow components' lists what there is; load others with engine.plugins or --plugin`;
  // Nobody knows which of its fields are secret.
  diagnostics.sources.hide?.([...spec.path, 'config']);
  if (catalog.mayHaveBrought(spec.type)) return undefined;
  diagnostics.error(
    'unknown_type',
    [...spec.path, 'type'],
    `no ${spec.type.kind} of type '${spec.type.short}' is known; ${hint}`,
  );
  return undefined;
}
