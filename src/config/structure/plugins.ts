import type { PluginScanSpec, PluginSpec } from '../spec.js';
import { readFlag } from './flag.js';
import type { MapReader } from './map-reader.js';

/** Reads `engine.plugins`: packages, and paths relative to the text that names them. */
export function readPlugins(engine: MapReader): readonly PluginSpec[] {
  return engine.items('plugins').flatMap((item, index) => {
    const specifier = engine.textOf(item, ['plugins', index], 'plugins');
    if (specifier === undefined) return [];
    return [{ specifier, directory: item.at?.source.directory, path: engine.at('plugins', index) }];
  });
}

/** Reads `engine.plugin_scan`. */
export function readPluginScan(engine: MapReader): PluginScanSpec | undefined {
  if (readFlag(engine, 'plugin_scan') !== true) return undefined;
  const directory = engine.field('plugin_scan')?.at?.source.directory;
  return { directory, path: engine.at('plugin_scan') };
}
