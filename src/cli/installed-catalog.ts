import { builtIns } from '../builtins.js';
import { Catalog } from '../extension/catalog.js';
import { loadPlugin } from '../extension/plugin.js';

/**
 * What is there to configure: the built-ins and the plugins of the command line.
 *
 * @throws CatalogError when a plugin cannot be loaded, or claims the URN of another component
 */
export async function installedCatalog(plugins: readonly string[]): Promise<Catalog> {
  const loaded = await Promise.all(plugins.map((plugin) => loadPlugin(plugin, process.cwd())));
  return new Catalog([builtIns, ...loaded]);
}
