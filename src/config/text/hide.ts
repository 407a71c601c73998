import type { Tree } from '../tree.js';
import { maskOfValue } from './reference.js';
import { isSecretName } from './secret-name.js';
import type { Span } from './source-text.js';

/** Maps whose keys are names that users give, so that nothing follows from them. */
const NAMES = new Set(['groups', 'pipelines', 'nodes', 'extensions', 'topics']);

/** Masks the values of all fields whose names say that they are secret. */
export function hideSecrets(tree: Tree, ownNames = false): void {
  if (tree.kind === 'list') for (const item of tree.items) hideSecrets(item);
  if (tree.kind !== 'map') return;
  for (const [name, { key, value }] of tree.entries) {
    if (!ownNames && isSecretName(name)) hideTree(value, key);
    else hideSecrets(value, NAMES.has(name));
  }
}

/**
 * Masks a value and all below it.
 *
 * @param key where its key stands, which is also the place of a value without any text
 */
export function hideTree(tree: Tree, key?: Span): void {
  if (tree.aliasOf !== undefined) hideTree(tree.aliasOf);
  else if (tree.kind === 'list') for (const item of tree.items) hideTree(item);
  else if (tree.kind === 'map')
    for (const { key: below, value } of tree.entries.values()) hideTree(value, below);
  else if (tree.at !== undefined && tree.at !== key) {
    tree.at.source.hidden.push(...maskOfValue(tree.at.source.text, tree.at));
  }
}
