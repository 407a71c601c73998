import type { Diagnostics } from '../config/diagnostic.js';
import type { ConfigSource } from '../config/load.js';
import { loadConfig } from '../config/load.js';
import type { SourceMap } from '../config/location.js';
import { Catalog, CatalogError, type CatalogSource } from '../extension/catalog.js';
import { loadPlugin } from '../extension/plugin.js';
import { type PipelinePlan, planPipeline } from '../pipeline/plan.js';

/** What an engine is planned from. */
export interface PlanRequest {
  /** Merged in order. */
  readonly sources: readonly ConfigSource[];
  /** `a.b=c` overrides, applied last. */
  readonly set?: readonly string[];
  /** What `${env:NAME}` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Classes that are there without a plugin. */
  readonly components: readonly CatalogSource[];
  /** Plugins to load besides those of the configuration. */
  readonly plugins: readonly string[];
  /** The folder that plugins' names are resolved against. */
  readonly directory: string;
}

/** A configuration, looked through to the end: everything that is wrong, and what to build when nothing is. */
export interface EnginePlan {
  readonly pipelines: readonly PipelinePlan[];
  readonly diagnostics: Diagnostics;
  readonly sources: SourceMap;
}

/**
 * Reads a configuration and checks all of it: text, structure, types, configs, capabilities and connections.
 *
 * @throws CatalogError when a plugin that was not named in the configuration cannot be loaded, or two components
 * claim one URN
 */
export async function planEngine(request: PlanRequest): Promise<EnginePlan> {
  const { sources, set = [], env } = request;
  const { spec, diagnostics, sources: sourceMap } = await loadConfig(sources, { set, env });
  const plugins = await Promise.all(request.plugins.map((plugin) => loadPlugin(plugin, request.directory)));
  for (const { specifier, path } of spec?.plugins ?? []) {
    try {
      plugins.push(await loadPlugin(specifier, request.directory));
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      diagnostics.error('plugin_failed', path, error.message);
    }
  }
  const catalog = new Catalog([...request.components, ...plugins]);
  const pipelines = (spec?.pipelines ?? []).map((pipeline) => planPipeline(pipeline, catalog, diagnostics));
  return { pipelines, diagnostics, sources: sourceMap };
}
