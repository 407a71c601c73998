import { listComponents } from '../engine/component-list.js';
import { configSchema } from '../engine/config-schema.js';
import { ExitCode } from './exit-code.js';
import { installedCatalog } from './installed-catalog.js';

export interface SchemaOptions {
  readonly plugin: readonly string[];
}

/**
 * Prints the JSON Schema of configuration files, for editors and other tools.
 *
 * @throws CatalogError when a plugin cannot be loaded
 */
export async function schema(options: SchemaOptions): Promise<ExitCode> {
  const list = listComponents(await installedCatalog(options.plugin));
  process.stdout.write(`${JSON.stringify(configSchema(list), undefined, 2)}\n`);
  return ExitCode.OK;
}
