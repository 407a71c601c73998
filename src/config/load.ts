import { resolve } from 'node:path';
import { ConfigSources } from './config-sources.js';
import { Diagnostics } from './diagnostic.js';
import { inWords } from './in-words.js';
import { type ConfigLimits, DEFAULT_LIMITS } from './limits.js';
import { merge } from './merge.js';
import { sourceProblems, structureProblems } from './messages.js';
import { applySets } from './sources/apply-sets.js';
import { treeOfValue } from './sources/code-value.js';
import { ConfigFiles } from './sources/config-files.js';
import type { FileVersion } from './sources/file-version.js';
import { openSource } from './sources/open-source.js';
import { SourceReader } from './sources/source-reader.js';
import type { EngineSpec } from './spec.js';
import { readEngineSpec } from './structure/engine.js';
import type { Tree } from './tree.js';

/**
 * Where a configuration comes from: what `--config` takes (a path, `file:PATH`, `env:NAME`, `yaml:TEXT`, a URL),
 * or a value composed in code.
 */
export type ConfigSource = string | { readonly value: unknown };

export interface ConfigOverrides {
  /** What `--set` takes, `a.b[0]."c.d"=VALUE`, laid over all sources in order. */
  readonly set?: readonly string[];
  /** For `env:NAME` and `${env:NAME}`; the environment of the process when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** What relative paths of the command line are relative to; the working directory when left out. */
  readonly directory?: string;
  readonly limits?: Partial<ConfigLimits>;
  /** Whether this was read before; off when left out. A pipe is refused then: it would wait for somebody to write. */
  readonly again?: boolean;
}

export interface LoadedConfig {
  /**
   * What could be read. When there are errors it holds everything that is sound, so that further checks can
   * find what else is wrong, but it must not run. `undefined` when a source is not readable at all.
   */
  readonly spec: EngineSpec | undefined;
  readonly diagnostics: Diagnostics;
  readonly sources: ConfigSources;
  /**
   * By absolute path the version of each file that was to be read, sources and what `${file:...}` names, as it was
   * before it was read. Those that could not be read are among them.
   */
  readonly files: ReadonlyMap<string, FileVersion>;
}

/**
 * Reads, merges and checks a configuration. Whatever is wrong with it becomes a diagnostic; it does not throw.
 * Later sources lie over earlier ones: maps merge, scalars and lists replace.
 */
export async function loadConfig(
  from: readonly ConfigSource[],
  overrides: ConfigOverrides = {},
): Promise<LoadedConfig> {
  const sources = new ConfigSources();
  const diagnostics = new Diagnostics(sources);
  const limits = { ...DEFAULT_LIMITS, ...overrides.limits };
  const env = overrides.env ?? process.env;
  const directory = resolve(overrides.directory ?? '.');
  const files = new ConfigFiles(overrides.again ?? false);
  const reader = new SourceReader(env, limits, diagnostics, files);

  const trees: (Tree | undefined)[] = [];
  for (const source of from) {
    if (typeof source !== 'string') {
      trees.push(
        treeOfValue(source.value, limits.depth, ({ code, message }, path) =>
          diagnostics.error(code, path, message),
        ),
      );
      continue;
    }
    const text = await openSource(source, sources, diagnostics, { env, directory, files, limits });
    trees.push(text === undefined ? undefined : await reader.read(text.source, text.prefix));
  }
  if (from.length === 0) {
    const { code, message } = sourceProblems.none();
    diagnostics.error(code, [], message);
    return { spec: undefined, diagnostics, sources, files: files.versions };
  }

  const sound = trees.filter((tree) => tree !== undefined);
  let root: Tree | undefined;
  for (const tree of sound) {
    if (tree.kind === 'map') root = root === undefined ? tree : merge(root, tree);
    else if (tree.kind !== 'failed') reader.report(structureProblems.rootType(inWords(tree)), tree.at);
  }
  const complete = sound.length === trees.length && sound.every((tree) => tree.kind === 'map');
  const set = await applySets(root, overrides.set ?? [], sources, reader, directory);
  if (set.root === undefined) return { spec: undefined, diagnostics, sources, files: files.versions };
  sources.settle(set.root);
  // A part that is missing would make the rest look wrong.
  const spec = complete ? readEngineSpec(set.root, sources, diagnostics) : undefined;
  return { spec, diagnostics, sources, files: files.versions };
}
