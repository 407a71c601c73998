import { builtIns } from '../builtins.js';
import { Diagnostics } from '../config/diagnostic.js';
import { noSource } from '../config/location.js';
import { addPlugins } from '../engine/load-plugins.js';
import { Catalog, CatalogError } from '../extension/catalog.js';
import type { PluginOptions } from './options.js';

/**
 * What is there to configure: the built-ins, the plugins of the command line, and on demand those among the
 * dependencies of the project in the working directory.
 *
 * @throws CatalogError with every plugin that cannot be loaded, or claims the URN of another component
 */
export async function installedCatalog({ plugin, scanPlugins = false }: PluginOptions): Promise<Catalog> {
  const catalog = new Catalog([builtIns]);
  const diagnostics = new Diagnostics(noSource);
  await addPlugins(
    catalog,
    { plugins: plugin, scanPlugins, directory: process.cwd() },
    undefined,
    diagnostics,
  );
  if (!diagnostics.hasErrors) return catalog;
  throw new CatalogError(
    diagnostics
      .sorted()
      .map(({ message }) => message)
      .join('\n'),
  );
}
