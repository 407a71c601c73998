import type { Container } from 'inversify';
import type { ConfigSource } from '../config/load.js';
import type { CatalogSource } from '../extension/catalog.js';
import type { Clock } from '../extension/clock.js';
import type { ComponentClass } from '../extension/component.js';
import type { Logger } from '../extension/logger.js';
import type { PlanRequest } from './plan.js';

/**
 * Where a configuration comes from: one of the forms of `--config` (`file:PATH`, `env:VAR`, `yaml:TEXT`, a URL, a
 * path), or an object of the same structure. Several are merged in order.
 */
export type EngineConfig = string | object | readonly (string | object)[];

export interface EngineOptions {
  /** Extension and node classes of the application. */
  readonly components?: readonly ComponentClass[];
  /** Modules to load components from: package names or paths. */
  readonly plugins?: readonly string[];
  /**
   * Whether to load the plugins among the dependencies of the nearest `package.json`, in `directory` or above it:
   * the packages with the keyword `otap-dataflow-plugin`. Off when absent.
   */
  readonly scanPlugins?: boolean;
  /** The application's container: what it binds, extensions and nodes can inject. It is never written to. */
  readonly container?: Container;
  /** `a.b=c` overrides, applied last. */
  readonly set?: readonly string[];
  /** What `${env:NAME}` reads; the process's environment when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Where relative plugin paths start and plugin packages are looked for, those that a file names after its own folder;
   * the working directory when absent.
   */
  readonly directory?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** What a distribution adds to the options of its users. */
export interface EngineDefaults {
  readonly builtIns: CatalogSource;
  /** The module that a worker thread runs: it calls `runWorker` with the same components. */
  readonly worker: URL | undefined;
  readonly logger: () => Promise<Logger>;
}

export interface EngineStopOptions {
  /** How long the data may take to drain, in milliseconds; 60 s when absent. */
  readonly drainMs?: number;
  /**
   * Aborts when there is no more time to wait: what has not been delivered is dropped within half a second, and extensions that
   * have not stopped are left to themselves.
   */
  readonly force?: AbortSignal;
}

/** What to plan for a configuration and options. */
export function planRequest(
  config: EngineConfig,
  options: EngineOptions,
  defaults: EngineDefaults,
): PlanRequest {
  const sources: readonly (string | object)[] = Array.isArray(config) ? config : [config];
  const { set, env = process.env, components = [], plugins = [], directory = process.cwd() } = options;
  const { scanPlugins = false } = options;
  return {
    sources: sources.map((source): ConfigSource => (typeof source === 'string' ? source : { value: source })),
    ...(set === undefined ? {} : { set }),
    env,
    components: [defaults.builtIns, { origin: 'the application', exports: components }],
    plugins,
    scanPlugins,
    directory,
  };
}
