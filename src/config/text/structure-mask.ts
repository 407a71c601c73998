import { type CST, Parser } from 'yaml';
import { isFieldName } from './field-name.js';
import { type Place, placeBelow } from './places.js';
import { maskOfValue } from './reference.js';
import type { Stretch } from './stretch.js';

/** Values that are no secrets whatever field they stand in. */
const HARMLESS = /^(?:[-+]?[\d.]{1,5}|true|false|null|~)$/i;

/** Tokens that are punctuation, and so may be seen everywhere. */
const PUNCTUATION: ReadonlySet<CST.Token['type']> = new Set([
  'byte-order-mark',
  'comma',
  'doc-end',
  'doc-mode',
  'doc-start',
  'explicit-key-ind',
  'flow-error-end',
  'flow-map-end',
  'flow-map-start',
  'flow-seq-end',
  'flow-seq-start',
  'map-value-ind',
  'newline',
  'seq-item-ind',
  'space',
]);

interface Todo {
  readonly token: CST.Token;
  readonly place: Place;
}

/**
 * What to mask of a YAML text so that its hidden places show their keys and punctuation only. Works on the tokens
 * rather than on the tree, which lacks comments, tags, anchors and keys that stand twice.
 *
 * @param text the text as the parser is to see it, as long as `shown`
 * @param shown the text as it stands in the file
 * @returns stretches that do not overlap, in order
 */
export function structureMask(text: string, shown: string, root: Place): readonly Stretch[] {
  const found: Stretch[] = [];
  const todo: Todo[] = [...new Parser().parse(text)].map((token) => ({ token, place: root }));
  // A list instead of recursion, because nesting is not limited yet.
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { token, place } = next;
    const mask = maskOf(token, place, shown);
    for (const stretch of mask) if (stretch.start < stretch.end) found.push(stretch);
    for (const inner of insideOf(token, place)) todo.push(inner);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** What to mask of a token itself. */
function maskOf(token: CST.Token, place: Place, shown: string): readonly Stretch[] {
  if (!('source' in token)) return [];
  if (PUNCTUATION.has(token.type)) return [];
  const end = token.offset + token.source.length;
  switch (token.type) {
    case 'comment':
      return [{ start: token.offset + (/^#\s*/.exec(token.source)?.[0].length ?? 0), end }];
    case 'block-scalar': {
      if (place === 'shown') return [];
      const header = token.props.at(-1);
      const start = header === undefined || !('source' in header) ? token.offset : endOf(header);
      return [{ start, end: start + token.source.length }];
    }
    case 'block-scalar-header':
      return [];
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      if (place === 'shown' || (token.type === 'scalar' && HARMLESS.test(token.source))) return [];
      return maskOfValue(shown, { start: token.offset, end });
    default:
      return place === 'shown' ? [] : [{ start: token.offset, end }];
  }
}

const endOf = (token: { readonly offset: number; readonly source: string }): number =>
  token.offset + token.source.length;

function insideOf(token: CST.Token, place: Place): readonly Todo[] {
  const todo: Todo[] = [];
  const add = (tokens: readonly CST.Token[] | undefined, at: Place): void => {
    for (const one of tokens ?? []) todo.push({ token: one, place: at });
  };
  switch (token.type) {
    case 'document':
      add(token.start, place);
      if (token.value !== undefined) todo.push({ token: token.value, place });
      add(token.end, place);
      break;
    case 'block-scalar':
      add(token.props, place);
      break;
    case 'block-map':
    case 'block-seq':
    case 'flow-collection': {
      const isMap = token.type === 'block-map' || (token.type === 'flow-collection' && isFlowMap(token));
      for (const item of token.items) addItem(item, isMap ? place : placeBelow(place, undefined), isMap, add);
      if (token.type === 'flow-collection') add([token.start, ...token.end], place);
      break;
    }
    default:
      if ('end' in token) add(token.end, place);
  }
  return todo;
}

const isFlowMap = (token: CST.FlowCollection): boolean => token.start.type === 'flow-map-start';

/** @param place of the map that has the item, or of the item of a list */
function addItem(
  item: CST.CollectionItem,
  place: Place,
  isMap: boolean,
  add: (tokens: readonly CST.Token[] | undefined, at: Place) => void,
): void {
  const { start, key, sep, value } = item;
  add(start, place);
  // Without a colon it is a value that stands where a key should, or an item of a list.
  const isPair = sep?.some(({ type }) => type === 'map-value-ind') === true;
  const name = isPair ? keyName(key) : undefined;
  if (key !== null && key !== undefined) {
    const visible = place === 'shown' || (name !== undefined && (isNamed(place) || isFieldName(name)));
    add([key], visible ? 'shown' : 'hidden');
  }
  const below = isMap || isPair ? placeBelow(place, name) : place;
  add(sep, below);
  if (value !== undefined) add([value], below);
}

const isNamed = (place: Place): boolean => typeof place === 'object' && 'each' in place;

function keyName(key: CST.Token | null | undefined): string | undefined {
  switch (key?.type) {
    case 'scalar':
      return key.source;
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return key.source.slice(1, -1);
    default:
      return undefined;
  }
}
