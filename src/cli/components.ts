import { listComponents } from '../engine/component-list.js';
import { componentMarkdown } from './components/markdown.js';
import { componentTable } from './components/table.js';
import { ExitCode } from './exit-code.js';
import { installedCatalog } from './installed-catalog.js';
import type { PluginOptions } from './options.js';

export interface ComponentsOptions extends PluginOptions {
  readonly format?: 'table' | 'json' | 'markdown';
  /** The same as `format: 'json'`. */
  readonly json?: boolean;
}

/**
 * Lists every component and trait: as a table for people, as JSON with the schemas of their configurations, or as
 * Markdown with tables of their fields.
 *
 * @throws CatalogError when a plugin cannot be loaded
 */
export async function components(options: ComponentsOptions): Promise<ExitCode> {
  const list = listComponents(await installedCatalog(options));
  switch (options.json === true ? 'json' : (options.format ?? 'table')) {
    case 'json':
      process.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`);
      break;
    case 'markdown':
      process.stdout.write(componentMarkdown(list));
      break;
    case 'table':
      process.stdout.write(componentTable(list));
  }
  return ExitCode.OK;
}
