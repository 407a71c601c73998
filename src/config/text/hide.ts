import type { Tree } from '../tree.js';
import { isSecretName } from './secret-name.js';
import type { Span } from './source-text.js';

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
  else if (tree.at !== undefined) hideSpan(tree.at);
}

/** `${env:NAME}` and `${file:PATH}` say where a secret is, not what it is. */
const REFERENCE = /^["']?\$\{(?:env:[A-Za-z0-9_]*(?::-(?<fallback>.*))?|file:[^}]*)\}["']?$/ds;

function hideSpan({ source, start, end }: Span): void {
  const match = REFERENCE.exec(source.text.slice(start, end));
  const fallback = match?.indices?.groups?.['fallback'];
  if (match === null) source.hidden.push({ start, end });
  else if (fallback !== undefined && fallback[0] < fallback[1]) {
    source.hidden.push({ start: start + fallback[0], end: start + fallback[1] });
  }
}
