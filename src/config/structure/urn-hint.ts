import { suggest } from '../suggest.js';
import { type ComponentKind, componentKinds, parseUrn } from '../urn.js';

/** What to write instead of something that is not a URN. */
export function urnHint(text: string, allowed: readonly ComponentKind[]): string {
  const meant = meantUrn(text);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  const kinds = allowed.map((kind) => `'${kind}:<id>'`).join(', ');
  return `write 'urn:<namespace>:<kind>:<id>', or ${kinds}`;
}

/** The URN that is meant, when capitals, a slash, the order or a misspelt kind is all that is wrong. */
function meantUrn(text: string): string | undefined {
  const parts = text.trim().toLowerCase().split(/[:/]+/);
  if (parts.length === 2) {
    const [kind, id] = parts as [string, string];
    return [`${nearestKind(kind)}:${id}`, `${nearestKind(id)}:${kind}`].find(isUrn);
  }
  if (parts.length === 3) {
    const [namespace, kind, id] = parts as [string, string, string];
    return [`urn:${namespace}:${nearestKind(kind)}:${id}`, `${nearestKind(kind)}:${id}`].find(isUrn);
  }
  if (parts.length !== 4) return undefined;
  const [, namespace, third, fourth] = parts as [string, string, string, string];
  return [
    `urn:${namespace}:${nearestKind(third)}:${fourth}`,
    `urn:${namespace}:${nearestKind(fourth)}:${third}`,
  ].find(isUrn);
}

const isUrn = (text: string): boolean => parseUrn(text) !== undefined;
const nearestKind = (word: string): string => suggest(word, componentKinds) ?? word;
