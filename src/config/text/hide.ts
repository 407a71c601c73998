import type { Tree } from '../tree.js';
import { maskOfValue } from './reference.js';
import { isSecretName } from './secret-name.js';

/** Maps whose keys are names that users give, so that nothing follows from them. */
const NAMES = new Set(['groups', 'pipelines', 'nodes', 'extensions', 'topics']);

/** Masks the values of all fields whose names say that they are secret. */
export function hideSecrets(tree: Tree, ownNames = false): void {
  if (tree.kind === 'list') for (const item of tree.items) hideSecrets(item);
  if (tree.kind !== 'map') return;
  for (const [name, { value }] of tree.entries) {
    if (!ownNames && isSecretName(name)) hideTree(value);
    else hideSecrets(value, NAMES.has(name));
  }
}

/** Masks a value and all below it. */
export function hideTree(tree: Tree): void {
  if (tree.aliasOf !== undefined) hideTree(tree.aliasOf);
  else if (tree.kind === 'list') tree.items.forEach(hideTree);
  else if (tree.kind === 'map') for (const { value } of tree.entries.values()) hideTree(value);
  else if (tree.at !== undefined) {
    tree.at.source.hidden.push(...maskOfValue(tree.at.source.text, tree.at));
  }
}
