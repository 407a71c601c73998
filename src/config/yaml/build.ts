import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { type ExpansionSources, expand } from '../expansion/expand.js';
import type { ConfigLimits } from '../limits.js';
import { yamlProblems } from '../messages.js';
import type { Span } from '../text/source-text.js';
import type { MapEntry, ScalarTree, Tree } from '../tree.js';
import type { YamlDocument } from './parse.js';
import type { ReportText } from './report.js';
import { unshield } from './shield.js';

/** What the parser can have at the place of a value. */
type Node = ParsedNode | null | undefined;

/** Names that would reach the prototype of the objects that the configuration becomes. */
const FORBIDDEN_KEYS = new Set(['__proto__']);

interface Anchor {
  /** `undefined` while its value is being built. */
  readonly tree: Tree | undefined;
  /** How many values it consists of. */
  readonly size: number;
  /** How many levels of maps and lists. */
  readonly height: number;
}

/**
 * Makes a document a tree: places kept, aliases followed, keys checked, `${...}` expanded. What is wrong is
 * reported and fails alone; the rest is built.
 */
export class TreeBuilder {
  readonly #span: Span;
  readonly #document: YamlDocument;
  readonly #expansions: ExpansionSources;
  readonly #limits: ConfigLimits;
  readonly #report: ReportText;
  readonly #anchors = new Map<string, Anchor>();
  readonly #path: (string | number)[] = [];
  #values = 0;
  #aliased = 0;
  /** The lowest level since the anchor that is being built began. */
  #deepest = 0;

  constructor(
    span: Span,
    document: YamlDocument,
    expansions: ExpansionSources,
    limits: ConfigLimits,
    report: ReportText,
  ) {
    this.#span = span;
    this.#document = document;
    this.#expansions = expansions;
    this.#limits = limits;
    this.#report = report;
  }

  build(): Tree {
    return this.#build(this.#document.contents, undefined);
  }

  /** @param key where its key stands, which is the place of a value that has no text */
  #build(node: Node, key: Span | undefined): Tree {
    const at = this.#place(node) ?? key ?? this.#span.source.span(this.#span.start, this.#span.start);
    if (node === null || node === undefined) return { kind: 'scalar', value: null, expanded: false, at };
    if (isAlias(node)) return this.#alias(node, at);
    if (!this.#fits(this.#path.length, at)) return { kind: 'failed', at };
    this.#values += 1;
    return node.anchor === undefined ? this.#value(node, at) : this.#anchored(node, node.anchor, at);
  }

  #anchored(node: Exclude<ParsedNode, Alias.Parsed>, name: string, at: Span): Tree {
    this.#anchors.set(name, { tree: undefined, size: 0, height: 0 });
    const level = this.#path.length;
    const before = { values: this.#values, deepest: this.#deepest };
    this.#deepest = level;
    const tree = this.#value(node, at);
    const size = this.#values - before.values + 1;
    this.#anchors.set(name, { tree, size, height: this.#deepest - level });
    this.#deepest = Math.max(this.#deepest, before.deepest);
    return tree;
  }

  #fits(level: number, at: Span): boolean {
    this.#deepest = Math.max(this.#deepest, level);
    if (level <= this.#limits.depth) return true;
    this.#problem(yamlProblems.tooDeep(this.#limits.depth), at);
    return false;
  }

  #value(node: Exclude<ParsedNode, Alias.Parsed>, at: Span): Tree {
    if (isScalar(node)) return this.#scalar(node, at);
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node), at };
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.#at(index, () => this.#build(item as Node, this.#point(item as Node) ?? at)),
      );
      return { kind: 'list', items, at };
    }
    return { kind: 'failed', at };
  }

  #alias(node: Alias.Parsed, at: Span): Tree {
    const anchor = this.#anchors.get(node.source);
    if (anchor?.tree === undefined) {
      this.#problem(anchor === undefined ? yamlProblems.unknownAlias() : yamlProblems.cyclicAlias(), at);
      return { kind: 'failed', at };
    }
    if (!this.#fits(this.#path.length + anchor.height, at)) return { kind: 'failed', at };
    this.#values += anchor.size;
    this.#aliased += anchor.size;
    if (this.#aliased > this.#limits.aliasedValues) {
      // Reported where the limit is crossed only.
      if (this.#aliased - anchor.size <= this.#limits.aliasedValues) {
        this.#problem(yamlProblems.tooManyAliases(this.#limits.aliasedValues), at);
      }
      return { kind: 'failed', at };
    }
    return { ...anchor.tree, at, aliasOf: anchor.tree };
  }

  #entries(map: YAMLMap): ReadonlyMap<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    for (const pair of map.items as readonly Pair<Node, Node>[]) {
      const key = this.#place(pair.key) ?? this.#place(pair.value) ?? this.#span;
      const name = this.#keyName(pair.key, key);
      // Built even when its key is wrong, for the problems in it.
      const value = this.#at(name ?? '?', () => this.#build(pair.value, key));
      if (name === undefined) continue;
      const first = entries.get(name);
      if (first === undefined) entries.set(name, { key, value, ...(pair.value === null && { bare: true }) });
      else if (first.key !== undefined) {
        this.#problem(yamlProblems.duplicateKey(name, first.key.source.locate(first.key.start).line), key);
      }
    }
    return entries;
  }

  #keyName(node: Node, at: Span): string | undefined {
    if (!isScalar(node) && node !== null && node !== undefined) {
      this.#problem(yamlProblems.keyNotScalar(), at);
      return undefined;
    }
    if (node?.source === '<<' && node.type === Scalar.PLAIN) {
      this.#problem(yamlProblems.mergeKey(), at);
      return undefined;
    }
    if (typeof node?.value !== 'string') {
      this.#problem(yamlProblems.keyNotString(), at);
      return undefined;
    }
    const name = unshield(node.value);
    if (FORBIDDEN_KEYS.has(name)) {
      this.#problem(yamlProblems.keyForbidden(name), at);
      return undefined;
    }
    return name;
  }

  #scalar(node: Scalar.Parsed, at: Span): Tree {
    const { value } = node;
    if (typeof value !== 'string') return { kind: 'scalar', value, expanded: false, at };
    const raw = unshield(value);
    if (!raw.includes('$')) return { kind: 'scalar', value: raw, expanded: false, at };
    const { text, expanded, problems } = expand(raw, this.#expansions);
    for (const { problem, raw: reference, earlier } of problems) {
      this.#problem(problem, occurrence(at, reference, earlier));
    }
    if (problems.length > 0) return { kind: 'failed', at };
    const scalar: ScalarTree = { kind: 'scalar', value: text, expanded, at };
    if (!expanded || node.type !== Scalar.PLAIN || node.tag !== undefined) return scalar;
    return { ...scalar, value: this.#plainScalar(text), text };
  }

  /** What a value without quotes would be, were this its text: a number, a truth value, null or a string. */
  #plainScalar(text: string): unknown {
    for (const tag of this.#document.schema.tags) {
      if (tag.collection === undefined && tag.default === true && tag.test?.test(text) === true) {
        const value = tag.resolve(text, () => undefined, { intAsBigInt: false });
        return isScalar(value) ? value.value : value;
      }
    }
    return text;
  }

  /** Where a node stands; `undefined` when it has no text of its own, as the value of `key:`. */
  /** Where a node without a text, such as an empty item of a list, would stand. */
  #point(node: Node): Span | undefined {
    const start = node?.range?.[0];
    if (start === undefined) return undefined;
    return this.#span.source.span(this.#span.start + start, this.#span.start + start);
  }

  #place(node: Node): Span | undefined {
    if (node === null || node === undefined) return undefined;
    const [start, end] = node.range;
    return start === end
      ? undefined
      : this.#span.source.span(this.#span.start + start, this.#span.start + end);
  }

  #at<T>(part: string | number, build: () => T): T {
    this.#path.push(part);
    const built = build();
    this.#path.pop();
    return built;
  }

  #problem(problem: Parameters<ReportText>[0], at: Span): void {
    this.#report(problem, at, [...this.#path]);
  }
}

/** Where a `${...}` of a scalar stands, or the scalar when quotes and line breaks changed how it is written. */
function occurrence(at: Span, reference: string, earlier: number): Span {
  const { source, start, end } = at;
  const text = source.text.slice(start, end);
  let index = text.indexOf(reference);
  for (let skipped = 0; skipped < earlier && index !== -1; skipped++) {
    index = text.indexOf(reference, index + reference.length);
  }
  return index === -1 ? at : source.span(start + index, start + index + reference.length);
}
