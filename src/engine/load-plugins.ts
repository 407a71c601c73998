import { join, resolve } from 'node:path';
import type { Diagnostics } from '../config/diagnostic.js';
import type { ConfigPath } from '../config/location.js';
import type { PluginScanSpec, PluginSpec } from '../config/spec.js';
import { type Catalog, CatalogError } from '../extension/catalog.js';
import { loadPlugin } from '../extension/plugin.js';
import { scanPlugins } from '../extension/plugin-scan.js';

/** Which plugins the caller of the engine wants. */
export interface PluginRequest {
  /** Plugins to load: packages or paths. */
  readonly plugins: readonly string[];
  /** Whether to look for plugins among the dependencies of the project in `directory`. */
  readonly scanPlugins?: boolean;
  /** The folder that paths are relative to and packages are looked for. */
  readonly directory: string;
}

/** Which plugins a configuration names. */
export interface ConfiguredPlugins {
  readonly plugins: readonly PluginSpec[];
  readonly pluginScan: PluginScanSpec | undefined;
}

/**
 * Adds every plugin to the catalog: those of the request, then those of the configuration, each looked for from
 * the file that names it and then from the request's folder, then those that a scan finds. One that fails to load
 * or clashes with another component is reported, and the others are added nevertheless.
 */
export async function addPlugins(
  catalog: Catalog,
  request: PluginRequest,
  configured: ConfiguredPlugins | undefined,
  diagnostics: Diagnostics,
): Promise<void> {
  const folder = resolve(request.directory);
  const attempt = async (path: ConfigPath, add: () => Promise<void>, found = ''): Promise<void> => {
    try {
      await add();
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      catalog.miss();
      const message = `${error.message}${found}`;
      if (path.length > 0) diagnostics.error('plugin_failed', path, message);
      // Nothing in the configuration is wrong, so no place in it is shown.
      else diagnostics.add({ severity: 'error', code: 'plugin_failed', message, path, location: undefined });
    }
  };
  const add = async (specifier: string, ...from: [string, ...string[]]): Promise<void> =>
    catalog.add(await loadPlugin(specifier, ...from));
  const scanned = new Set<string>();
  const scan = (from: string, path: ConfigPath): Promise<void> =>
    attempt(path, async () => {
      const { directory, packages } = await scanPlugins(from);
      if (scanned.has(directory)) return;
      scanned.add(directory);
      const found = ` (found by the scan of ${join(directory, 'package.json')})`;
      for (const name of packages) await attempt(path, () => add(name, directory), found);
    });

  for (const specifier of request.plugins) await attempt([], () => add(specifier, folder));
  for (const { specifier, directory, path } of configured?.plugins ?? []) {
    await attempt(path, () => add(specifier, resolve(directory ?? folder), folder));
  }
  if (request.scanPlugins === true) await scan(folder, []);
  const { pluginScan } = configured ?? {};
  if (pluginScan !== undefined) await scan(resolve(pluginScan.directory ?? folder), pluginScan.path);
}
