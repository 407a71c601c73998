import { inWords, quotesHint } from '../in-words.js';
import { structureProblems } from '../messages.js';
import type { PluginScanSpec, PluginSpec } from '../spec.js';
import { isNothing, type MapReader } from './map-reader.js';

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
  const tree = engine.field('plugin_scan');
  if (tree === undefined || tree.kind === 'failed' || isNothing(tree)) return undefined;
  if (tree.kind !== 'scalar' || typeof tree.value !== 'boolean') {
    const hint = tree.kind === 'scalar' ? quotesHint('boolean', tree.value) : '';
    const found = `${inWords(tree)}${hint}`;
    engine.problem(structureProblems.wrongType('plugin_scan', 'true or false', found), 'plugin_scan');
    return undefined;
  }
  if (!tree.value) return undefined;
  return { directory: tree.at?.source.directory, path: engine.at('plugin_scan') };
}
