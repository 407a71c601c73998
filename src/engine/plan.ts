import type { Diagnostics } from '../config/diagnostic.js';
import type { ConfigSource } from '../config/load.js';
import { loadConfig } from '../config/load.js';
import type { SourceMap } from '../config/location.js';
import type { FileVersion } from '../config/sources/file-version.js';
import type { EngineSpec } from '../config/spec.js';
import { Catalog, type CatalogSource } from '../extension/catalog.js';
import { addPlugins, type PluginRequest } from './load-plugins.js';
import { planScopes, type ScopePlans } from './plan-scopes.js';

/** What an engine is planned from. */
export interface PlanRequest extends PluginRequest {
  /** Merged in order. */
  readonly sources: readonly ConfigSource[];
  /** `a.b=c` overrides, applied last. */
  readonly set?: readonly string[];
  /** What `${env:NAME}` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this was read before; off when absent. A pipe is refused then: it gives its text once. */
  readonly again?: boolean;
  /** Classes that are there without a plugin. */
  readonly components: readonly CatalogSource[];
}

/** A configuration, looked through to the end: everything that is wrong, and what to build when nothing is. */
export interface EnginePlan extends ScopePlans {
  /** What the plans were made of; `undefined` when it could not be read at all. */
  readonly spec: EngineSpec | undefined;
  /** The plugins that the configuration names; `scan` when it has its project looked through for them. */
  readonly plugins: readonly string[];
  readonly diagnostics: Diagnostics;
  readonly sources: SourceMap;
  /** By absolute path the version of each file that was to be read, as it was before. */
  readonly files: ReadonlyMap<string, FileVersion>;
}

/** A configuration that could not be read at all. */
const nothing: ScopePlans = { extensions: [], groups: [], pipelines: [] };

/**
 * Reads a configuration and checks all of it: text, structure, types, configs, capabilities and connections.
 *
 * @throws CatalogError when two components that are there without a plugin claim one URN
 */
export async function planEngine(request: PlanRequest): Promise<EnginePlan> {
  const { sources, set = [], env, again = false } = request;
  const loaded = await loadConfig(sources, { set, env, again });
  const { spec, diagnostics } = loaded;
  const catalog = new Catalog(request.components);
  await addPlugins(catalog, request, spec, diagnostics);
  const plans = spec === undefined ? nothing : planScopes(spec, { catalog, diagnostics });
  const named = (spec?.plugins ?? []).map(({ specifier }) => specifier);
  const plugins = spec?.pluginScan === undefined ? named : [...named, 'scan'];
  return { ...plans, spec, plugins, diagnostics, sources: loaded.sources, files: loaded.files };
}
