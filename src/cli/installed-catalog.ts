import { builtIns } from '../builtins.js';
import { Catalog } from '../extension/catalog.js';
import { loadPlugin } from '../extension/plugin.js';
import { scanPlugins } from '../extension/plugin-scan.js';
import type { PluginOptions } from './options.js';

/**
 * What is there to configure: the built-ins, the plugins of the command line, and on demand those among the
 * dependencies of the project in the working directory.
 *
 * @throws CatalogError when a plugin cannot be loaded, or claims the URN of another component
 */
export async function installedCatalog(options: PluginOptions): Promise<Catalog> {
  const here = process.cwd();
  const loaded = await Promise.all(options.plugin.map((plugin) => loadPlugin(plugin, here)));
  const catalog = new Catalog([builtIns, ...loaded]);
  if (options.scanPlugins === true) {
    const { directory, packages } = await scanPlugins(here);
    for (const name of packages) catalog.add(await loadPlugin(name, directory));
  }
  return catalog;
}
