import type { ConfigPath, SourceMap } from './location.js';
import type { Urn } from './urn.js';

/** What the declarations of nodes and extensions have in common. */
export interface ComponentSpec {
  /** The name that the user gave. */
  readonly id: string;
  readonly type: Urn;
  /** As it stands in the file, `${...}` expanded, not yet checked by the component's schema. */
  readonly config: unknown;
  /**
   * Trait name to extension name: `undefined` where what stands for one is wrong and reported. The whole is
   * `undefined` when that is wrong and reported, so that nothing is known to be missing.
   */
  readonly capabilities: ReadonlyMap<string, string | undefined> | undefined;
  readonly path: ConfigPath;
}

export interface ExtensionSpec extends ComponentSpec {
  readonly description: string | undefined;
  /** Milliseconds that take the place of what the class says of its readiness barrier. */
  readonly readinessTimeoutMs: number | undefined;
}

/** The extensions that one scope declares. */
export interface ExtensionsSpec {
  readonly extensions: ReadonlyMap<string, ExtensionSpec>;
  /** Names whose declarations are wrong, so that references to them are not reported too. */
  readonly broken: ReadonlySet<string>;
}

export interface NodeSpec extends ComponentSpec {
  /** Declared output names; empty when the node has only its unnamed output. */
  readonly outputs: readonly string[];
  readonly defaultOutput: string | undefined;
}

/** One end of a connection that sends: a node and, when it has several, one of its outputs. */
export interface ConnectionSource {
  readonly node: string;
  readonly output: string | undefined;
  readonly path: ConfigPath;
}

export interface ConnectionTarget {
  readonly node: string;
  readonly path: ConfigPath;
}

export interface ConnectionSpec {
  readonly from: readonly ConnectionSource[];
  readonly to: readonly ConnectionTarget[];
  /** `one_of`: the destinations compete for each message. */
  readonly dispatch: 'one_of' | 'broadcast' | undefined;
  readonly path: ConfigPath;
}

/** How many messages a queue holds. The members besides `pdata` are accepted for files of the reference engine. */
export interface ChannelCapacity {
  readonly pdata: number;
}

/** How many instances of a pipeline run at the same time, each in a thread of its own. */
export type CoreAllocation =
  | { readonly type: 'all_cores' }
  /** From 1; there may be more than cores. */
  | { readonly type: 'core_count'; readonly count: number }
  /** Every core of the ranges, ascending, none twice. */
  | { readonly type: 'core_set'; readonly cores: readonly number[] };

/** What becomes of an instance that fails. All durations are in milliseconds and above zero. */
export interface RecoveryPolicy {
  /** Otherwise the engine ends with the first instance that fails. */
  readonly enabled: boolean;
  /** How many times in a row it is replaced, from 1. */
  readonly maxRestarts: number;
  readonly initialBackoffMs: number;
  /** Never below `initialBackoffMs`. */
  readonly maxBackoffMs: number;
  /** How long a replacement may take until it is ready. */
  readonly startupTimeoutMs: number;
  /** How long an instance must run before its restarts are counted from the start again. */
  readonly resetAfterMs: number;
}

export interface Policies {
  readonly channelCapacity: ChannelCapacity;
  /** `undefined`: one instance, in the thread of the engine itself. */
  readonly coreAllocation: CoreAllocation | undefined;
  readonly recovery: RecoveryPolicy;
}

export const DEFAULT_RECOVERY: RecoveryPolicy = Object.freeze({
  enabled: true,
  maxRestarts: 5,
  initialBackoffMs: 250,
  maxBackoffMs: 30_000,
  startupTimeoutMs: 30_000,
  resetAfterMs: 60_000,
});

export const DEFAULT_POLICIES: Policies = Object.freeze({
  channelCapacity: Object.freeze({ pdata: 128 }),
  coreAllocation: undefined,
  recovery: DEFAULT_RECOVERY,
});

export interface PipelineSpec {
  readonly group: string;
  readonly id: string;
  readonly declared: ExtensionsSpec;
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** Names of nodes whose declarations are wrong, so that references to them are not reported too. */
  readonly broken: ReadonlySet<string>;
  readonly connections: readonly ConnectionSpec[];
  /** Each family from the narrowest scope that declares it; of `resources`, each member. */
  readonly policies: Policies;
  readonly path: ConfigPath;
}

export interface GroupSpec {
  readonly id: string;
  readonly declared: ExtensionsSpec;
}

/** A plugin module to load components from. */
export interface PluginSpec {
  /** A package name, a path, or a `file:` URL, as it is written. */
  readonly specifier: string;
  /** The folder of the text that names it; `undefined` when it was named in code. */
  readonly directory: string | undefined;
  readonly path: ConfigPath;
}

/** That plugins are looked for among the dependencies of a project. */
export interface PluginScanSpec {
  /** The folder of the text that switched it on; `undefined` when that was code. */
  readonly directory: string | undefined;
  readonly path: ConfigPath;
}

/** A configuration whose structure is sound. What its nodes and extensions are is not looked at yet. */
export interface EngineSpec {
  /** Extensions of the engine, seen by every group and pipeline. */
  readonly declared: ExtensionsSpec;
  readonly groups: readonly GroupSpec[];
  /** Of all groups. */
  readonly pipelines: readonly PipelineSpec[];
  readonly plugins: readonly PluginSpec[];
  readonly pluginScan: PluginScanSpec | undefined;
  readonly sources: SourceMap;
}
