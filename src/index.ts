/** What applications and authors of components import. Nothing else is public. */

export * from './authoring.js';
export type { BuiltInConfigs } from './builtins.js';
export { ConfigError } from './config/config-error.js';
export type { Diagnostic } from './config/diagnostic.js';
export type { Location } from './config/location.js';
export { Engine } from './distribution.js';
export type { ComposedConfig, ConfigBuilder } from './engine/builder/config-builder.js';
export type { GroupBuilder } from './engine/builder/group-builder.js';
export type { PipelineBuilder } from './engine/builder/pipeline-builder.js';
export type { ComposedPolicies } from './engine/builder/policies.js';
export type { EngineConfig, EngineOptions, EngineStopOptions } from './engine/options.js';
export type { ReloadReport } from './engine/reload.js';
export { CatalogError } from './extension/catalog.js';
export { ExtensionError, type ExtensionErrorKind } from './extension/errors.js';
export type { ScopeName } from './extension/scope.js';
export type { ExtensionStatus } from './extension/status.js';
export { PipelineError } from './pipeline/errors.js';
export { formatSummary, type PipelineSummary } from './pipeline/summary.js';
export { createLogger, type LoggerOptions } from './telemetry/logger.js';
