import type { Diagnostics } from '../diagnostic.js';
import { inWords } from '../in-words.js';
import type { ConfigPath } from '../location.js';
import { type Problem, structureProblems } from '../messages.js';
import { suggest } from '../suggest.js';
import type { MapTree, ScalarTree, Tree } from '../tree.js';

/**
 * Reads the fields of one map of the model. Every field that is asked for is thereby known; `finish` reports
 * those that are left over and those that are missing. Nothing is said of values that failed already.
 */
export class MapReader {
  readonly path: ConfigPath;
  readonly #tree: MapTree;
  readonly #where: string;
  readonly #diagnostics: Diagnostics;
  readonly #known: string[] = [];
  readonly #missing: string[] = [];

  /** @param where what the map is, for messages: `node 'in'` */
  constructor(tree: MapTree, path: ConfigPath, where: string, diagnostics: Diagnostics) {
    this.#tree = tree;
    this.path = path;
    this.#where = where;
    this.#diagnostics = diagnostics;
  }

  /** The value as a map; nothing at all counts as an empty one. Anything else is reported. */
  static open(
    tree: Tree | undefined,
    path: ConfigPath,
    where: string,
    diagnostics: Diagnostics,
  ): MapReader | undefined {
    if (tree === undefined || tree.kind === 'failed') return undefined;
    if (tree.kind === 'map') return new MapReader(tree, path, where, diagnostics);
    if (isNothing(tree)) {
      return new MapReader({ kind: 'map', entries: new Map(), at: tree.at }, path, where, diagnostics);
    }
    const { code, message } = structureProblems.wrongType(String(path.at(-1) ?? ''), 'a map', inWords(tree));
    diagnostics.error(code, path, message);
    return undefined;
  }

  /** The value of a field, whatever it is. */
  field(name: string): Tree | undefined {
    if (!this.#known.includes(name)) this.#known.push(name);
    return this.#tree.entries.get(name)?.value;
  }

  map(name: string, where: string): MapReader | undefined {
    return MapReader.open(this.field(name), this.at(name), where, this.#diagnostics);
  }

  /** The members of a map whose keys are names that the user gives. */
  members(name: string): readonly (readonly [string, Tree])[] {
    return this.map(name, name)?.entries() ?? [];
  }

  entries(): readonly (readonly [string, Tree])[] {
    return [...this.#tree.entries].map(([name, entry]) => [name, entry.value] as const);
  }

  /** The items of a list. */
  items(name: string): readonly Tree[] {
    const tree = this.field(name);
    if (tree === undefined || tree.kind === 'failed' || isNothing(tree)) return [];
    if (tree.kind === 'list') return tree.items;
    this.problem(structureProblems.wrongType(name, 'a list', inWords(tree)), name);
    return [];
  }

  /** A field that must be there. */
  required(name: string): Tree | undefined {
    const tree = this.field(name);
    if (tree === undefined) this.#missing.push(name);
    return tree;
  }

  /** A string, if there is one. */
  text(name: string): string | undefined {
    const tree = this.field(name);
    return tree === undefined ? undefined : this.textOf(tree, [name], name);
  }

  /** The string that a value is; anything else is reported. */
  textOf(tree: Tree, below: ConfigPath, name: string): string | undefined {
    if (tree.kind === 'failed') return undefined;
    const text = tree.kind === 'scalar' ? scalarText(tree) : undefined;
    if (text === undefined)
      this.problem(structureProblems.wrongType(name, 'a string', inWords(tree)), ...below);
    else if (text === '') this.problem(structureProblems.empty(name), ...below);
    else return text;
    return undefined;
  }

  /** Fields that are fine in the reference engine and mean nothing here. */
  withoutEffect(...names: readonly string[]): void {
    for (const name of names) {
      if (this.field(name) === undefined) continue;
      const { code, message } = structureProblems.noEffect(name);
      this.#diagnostics.warning(code, this.at(name), message, 'key');
    }
  }

  /** Reports a problem of a value, or of its key, below this map. */
  problem(problem: Problem, ...below: ConfigPath): void {
    this.#diagnostics.error(problem.code, this.at(...below), problem.message);
  }

  problemOfKey(problem: Problem, ...below: ConfigPath): void {
    this.#diagnostics.error(problem.code, this.at(...below), problem.message, 'key');
  }

  at(...below: ConfigPath): ConfigPath {
    return [...this.path, ...below];
  }

  /** Reports what is left over and what is missing. A field that is only misspelt is not missing too. */
  finish(): void {
    const meant = new Set<string>();
    for (const [name, { bare }] of this.#tree.entries) {
      if (this.#known.includes(name)) continue;
      const free = this.#known.filter((known) => !this.#tree.entries.has(known));
      const near = suggest(name, free) ?? suggest(name, this.#known);
      if (near !== undefined) meant.add(near);
      this.problemOfKey(
        structureProblems.unknown(bare === true ? undefined : name, this.#where, near, this.#known),
        name,
      );
    }
    for (const name of this.#missing) {
      if (!meant.has(name)) this.problemOfKey(structureProblems.missing(name, this.#where), name);
    }
  }
}

export const isNothing = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null;

/** The text of a scalar; of an expanded one also when it looks like a number. */
function scalarText(tree: ScalarTree): string | undefined {
  return typeof tree.value === 'string' ? tree.value : tree.text;
}
