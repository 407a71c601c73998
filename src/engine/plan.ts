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
 * @throws CatalogError when two components that are there without a plugin claim one URN
 */
export async function planEngine(request: PlanRequest): Promise<EnginePlan> {
  const { sources, set = [], env } = request;
  const { spec, diagnostics, sources: sourceMap } = await loadConfig(sources, { set, env });
  const catalog = new Catalog(request.components);
  const named = request.plugins.map((specifier) => ({ specifier, path: [] }));
  for (const { specifier, path } of [...named, ...(spec?.plugins ?? [])]) {
    try {
      catalog.add(await loadPlugin(specifier, request.directory));
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      diagnostics.error('plugin_failed', path, error.message);
    }
  }
  const pipelines = (spec?.pipelines ?? []).map((pipeline) => planPipeline(pipeline, catalog, diagnostics));
  return { pipelines, diagnostics, sources: sourceMap };
}
