import { isSecretName } from './secret-name.js';

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Shapes that give a secret away whatever field they stand in; the group `secret` is what to hide. */
const SHAPES: readonly RegExp[] = [
  /(?<secret>[^\s/@"':]*:[^\s/@"']+)@/dg,
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

const FIELD = /(?<![\w.-])["']?(?<name>[\w.-]+)["']?\s*(?:=|:(?=[\s"'[{]|$))/g;

/**
 * The secrets of a text that is not YAML, and so has no tree to tell what is whose value. Hides from a secret
 * name to the end of its line, and the lines that belong to it by their indentation.
 */
export function secretsOfBrokenText(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  let below: Belongings | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    if (below !== undefined && !belongs(line, below)) below = undefined;
    const fields = [...line.matchAll(FIELD)];
    const secret = fields.find((field) => isSecretName(field.groups?.['name'] ?? ''));
    if (below !== undefined && (below.all || fields.length === 0)) {
      found.push({ start: start + leading(line), end: start + line.length });
    } else if (secret !== undefined) {
      const value = line.slice(secret.index + secret[0].length);
      const hasValue = value.trim() !== '';
      if (hasValue) {
        found.push({ start: start + line.length - value.length + leading(value), end: start + line.length });
      }
      const first = /^[\s-]*$/.test(line.slice(0, secret.index));
      below = {
        indent: first ? secret.index : leading(line),
        all: hasValue || /headers|metadata/i.test(secret.groups?.['name'] ?? ''),
      };
    }
    start += line.length + 1;
  }
  return found;
}

/** The lines below a secret name that are part of its value. */
interface Belongings {
  /** Of the name. */
  readonly indent: number;
  /** Also lines that are fields of their own. */
  readonly all: boolean;
}

function belongs(line: string, below: Belongings): boolean {
  if (line.trim() === '') return true;
  const indent = leading(line);
  return indent > below.indent || (indent === below.indent && line.startsWith('- ', indent));
}

const leading = (text: string): number => text.length - text.trimStart().length;
