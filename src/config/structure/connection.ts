import type { Diagnostics } from '../diagnostic.js';
import { inWords } from '../in-words.js';
import { structureProblems } from '../messages.js';
import type { ConnectionSource, ConnectionSpec } from '../spec.js';
import type { Tree } from '../tree.js';
import { MapReader } from './map-reader.js';
import { oneOf } from './one-of.js';

/** `NODE`, `NODE["OUTPUT"]` or `NODE['OUTPUT']`. */
const SELECTOR = /^([^[\]"']+?)\s*(?:\[\s*(?:"([^"]+)"|'([^']+)')\s*\])?$/;

export function readConnection(
  pipeline: MapReader,
  index: number,
  tree: Tree,
  diagnostics: Diagnostics,
): ConnectionSpec | undefined {
  const path = pipeline.at('connections', index);
  if (tree.kind !== 'map' && tree.kind !== 'failed') {
    pipeline.problem(
      structureProblems.wrongType('connections', 'a map', inWords(tree)),
      'connections',
      index,
    );
    return undefined;
  }
  const connection = MapReader.open(tree, path, 'this connection', diagnostics);
  if (connection === undefined) return undefined;
  const from = readEnds(connection, 'from');
  const to = readEnds(connection, 'to').flatMap((end) => {
    if (end.output === undefined) return [{ node: end.node, path: end.path }];
    connection.problem(structureProblems.selectorInTarget(), ...end.path.slice(path.length));
    return [];
  });
  const policies = connection.map('policies', "'policies'");
  const dispatch = policies === undefined ? undefined : oneOf(policies, 'dispatch', ['one_of', 'broadcast']);
  policies?.finish();
  connection.finish();
  return { from, to, dispatch, path };
}

/** One id or a list of ids. */
function readEnds(connection: MapReader, name: 'from' | 'to'): readonly ConnectionSource[] {
  const tree = connection.required(name);
  if (tree === undefined || tree.kind === 'failed') return [];
  if (tree.kind === 'list') {
    if (tree.items.length === 0) connection.problem(structureProblems.empty(name), name);
    return tree.items.flatMap((item, index) => readEnd(connection, item, [name, index], name) ?? []);
  }
  if (tree.kind === 'map') {
    connection.problem(
      structureProblems.wrongType(name, 'the id of a node, or a list of them', 'a map'),
      name,
    );
    return [];
  }
  return readEnd(connection, tree, [name], name) ?? [];
}

function readEnd(
  connection: MapReader,
  tree: Tree,
  below: readonly (string | number)[],
  name: string,
): readonly ConnectionSource[] | undefined {
  const text = connection.textOf(tree, below, name);
  if (text === undefined) return undefined;
  const match = SELECTOR.exec(text.trim());
  if (match === null) {
    connection.problem(structureProblems.badSelector(), ...below);
    return undefined;
  }
  return [{ node: match[1] as string, output: match[2] ?? match[3], path: connection.at(...below) }];
}
