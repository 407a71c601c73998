import type { ConfigPath, Excerpt, Location, SourceMap, ValueOrigin } from './location.js';
import { excerptOf } from './text/excerpt.js';
import { hideTree } from './text/hide.js';
import { SourceText } from './text/source-text.js';
import { find, isIncomplete, type Tree } from './tree.js';

/** The texts that a configuration was read from, and where in them its values stand. */
export class ConfigSources implements SourceMap {
  readonly #texts = new Map<string, SourceText>();
  #root: Tree | undefined;

  /** Keeps a text. Of two different ones with the same name, the second gets a number. */
  add(name: string, text: string, directory: string): SourceText {
    let unique = name;
    for (let number = 2; this.#texts.has(unique); number++) {
      unique = name.endsWith('>') ? `${name.slice(0, -1)}:${number}>` : `${name} (${number})`;
    }
    const source = new SourceText(unique, text, directory);
    this.#texts.set(unique, source);
    return source;
  }

  /** Sets what the texts make together. */
  settle(root: Tree): void {
    this.#root = root;
  }

  locate(path: ConfigPath, part: 'key' | 'value' = 'value'): Location | undefined {
    if (this.#root === undefined) return undefined;
    const { tree, key } = find(this.#root, path);
    const span = part === 'key' ? (key ?? tree.at) : tree.at;
    return span?.source.locate(span.start);
  }

  lineText(location: Location): string | undefined {
    return this.excerpt(location)?.text;
  }

  excerpt(location: Location): Excerpt | undefined {
    const source = this.#texts.get(location.file);
    return source === undefined ? undefined : excerptOf(source, location);
  }

  origin(path: ConfigPath): ValueOrigin | undefined {
    if (this.#root === undefined) return undefined;
    const { tree, bare, exact } = find(this.#root, path);
    // What is below a failed value failed with it.
    if (tree.kind === 'failed') {
      return { failed: true, incomplete: true, bare, expanded: false, text: undefined };
    }
    if (!exact) return undefined;
    const scalar = tree.kind === 'scalar' ? tree : undefined;
    return {
      failed: false,
      incomplete: isIncomplete(tree),
      bare,
      expanded: scalar?.expanded ?? false,
      text: scalar?.text,
    };
  }

  hide(path: ConfigPath): void {
    if (this.#root === undefined) return;
    const { tree, key, exact } = find(this.#root, path);
    if (exact) hideTree(tree, key);
  }
}
