import { fileURLToPath } from 'node:url';
import { type Problem, sourceProblems } from '../messages.js';

/** What a `--config` names. */
export type SourceForm =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'yaml'; readonly text: string }
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'wrong'; readonly problem: Problem; readonly name: string };

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** Reads a `--config`: `file:PATH`, `env:NAME`, `yaml:TEXT`, a URL, or a bare path. */
export function sourceForm(text: string): SourceForm {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? '' : text.slice(scheme.length + 1);
  switch (scheme) {
    case 'file':
      return { kind: 'file', path: rest.startsWith('//') ? pathOfUrl(text, rest) : rest };
    case 'env':
      return { kind: 'env', name: rest };
    case 'yaml':
      return { kind: 'yaml', text: rest };
    case 'http':
    case 'https':
      return URL.canParse(text)
        ? { kind: 'url', url: new URL(text) }
        : { kind: 'wrong', problem: sourceProblems.badUrl(), name: `<${scheme}>` };
    default:
      // A path may have a colon in it; something with an authority is meant as a URL.
      return scheme !== undefined && rest.startsWith('//')
        ? { kind: 'wrong', problem: sourceProblems.unknownScheme(scheme), name: `<${scheme}>` }
        : { kind: 'file', path: text };
  }
}

function pathOfUrl(text: string, rest: string): string {
  return URL.canParse(text) && new URL(text).host === '' ? fileURLToPath(text) : rest;
}

/** A URL as it may be shown: neither credentials nor a query, which may be one. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
