import { isSecretName } from './secret-name.js';
import type { Stretch } from './stretch.js';

/** Shapes that give a secret away whatever field they stand in; the group `secret` is what to hide. */
const SHAPES: readonly RegExp[] = [
  /(?<secret>[^\s/@"':]*:[^\s/@"']+)@/dg,
  /:\/\/(?<secret>[^\s"',]+)@/dg,
  /[?&][^\s"'=&]+=(?<secret>(?!\$\{)[^\s"',&#}\]]+)/dg,
  /\b(?:bearer|basic)\s+(?<secret>(?!\$\{)[^\s"',\]}]+)/dgi,
  /(?<secret>-----BEGIN .*)/dg,
];

const DEFAULT_OF_VARIABLE = /\$\{env:(?<name>[^}:]*):-(?<secret>[^}]*)\}/dg;

/** The stretches of a line that look like a secret: credentials in a URL, `Bearer ...`, the default of a `..._TOKEN`. */
export function secretsByShape(line: string): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const shape of SHAPES) {
    for (const match of line.matchAll(shape)) found.push(...stretch(match));
  }
  for (const match of line.matchAll(DEFAULT_OF_VARIABLE)) {
    if (isSecretName(match.groups?.['name'] ?? '')) found.push(...stretch(match));
  }
  return found;
}

function stretch(match: RegExpExecArray): readonly Stretch[] {
  const indices = match.indices?.groups?.['secret'];
  return indices === undefined || indices[0] === indices[1] ? [] : [{ start: indices[0], end: indices[1] }];
}
