import { listComponents } from '../engine/component-list.js';
import { configSchema } from '../engine/config-schema.js';
import { ExitCode } from './exit-code.js';
import { installedCatalog } from './installed-catalog.js';
import type { PluginOptions } from './options.js';

/**
 * Prints the JSON Schema of configuration files, for editors and other tools.
 *
 * @throws CatalogError when a plugin cannot be loaded
 */
export async function schema(options: PluginOptions): Promise<ExitCode> {
  const list = listComponents(await installedCatalog(options));
  process.stdout.write(`${JSON.stringify(configSchema(list), undefined, 2)}\n`);
  return ExitCode.OK;
}
