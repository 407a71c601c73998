import { type BuiltInConfigs, builtIns } from './builtins.js';
import { type ComposedConfig, ConfigBuilder } from './engine/builder/config-builder.js';
import { Engine as DataflowEngine } from './engine/engine.js';
import type { EngineConfig, EngineDefaults, EngineOptions } from './engine/options.js';
import { createLogger } from './telemetry/logger.js';

/** What this package adds to the bare engine: its built-in components, and a logger. */
export const defaults: EngineDefaults = {
  builtIns,
  worker: new URL('./worker.js', import.meta.url),
  logger: () => createLogger(),
};

/** Pipelines that run together in one process. Runs once: build another to run again. */
export type Engine = DataflowEngine;

export const Engine = {
  /**
   * Reads and checks a configuration and builds everything in it. Nothing runs yet and no socket is open.
   *
   * @param config a path or any other form of `--config`, an object of the same structure, or several to merge
   * @throws ConfigError with everything that is wrong in the configuration; its message shows each with its place
   * @throws CatalogError when a plugin cannot be loaded or two components claim one URN
   * @throws ExtensionError or PipelineError when a constructor threw
   *
   * @example
   * const engine = await Engine.fromConfig('config/otlp-gateway.yaml');
   * await engine.start();
   * // ...
   * await engine.stop();
   */
  fromConfig(config: EngineConfig, options: EngineOptions = {}): Promise<Engine> {
    return DataflowEngine.create(config, options, defaults);
  },

  /** Builds what `compose` put together, without a file. */
  compose(
    compose: (builder: ConfigBuilder<BuiltInConfigs>) => ComposedConfig,
    options: EngineOptions = {},
  ): Promise<Engine> {
    const builder = compose(new ConfigBuilder<BuiltInConfigs>());
    const components = [...new Set([...(options.components ?? []), ...builder.classes])];
    return DataflowEngine.create(builder.toConfig(), { ...options, components }, defaults);
  },
} as const;
