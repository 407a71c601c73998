/** What the rooms above use of the configuration. */

export { codes, type DiagnosticCode } from './codes.js';
export { type ParsedConfig, parseComponentConfig } from './component/parse-config.js';
export { ConfigError } from './config-error.js';
export { ConfigSources } from './config-sources.js';
export { type Diagnostic, Diagnostics, formatDiagnostic, type Severity } from './diagnostic.js';
export { type ConfigLimits, DEFAULT_LIMITS } from './limits.js';
export { type ConfigOverrides, type ConfigSource, type LoadedConfig, loadConfig } from './load.js';
export { type ConfigPath, formatPath, type Location, noSource, type SourceMap } from './location.js';
export { formatDiagnostics } from './report.js';
export * from './spec.js';
export { MODEL_VERSION } from './structure/engine.js';
export { didYouMean, suggest } from './suggest.js';
export { isSecretName } from './text/secret-name.js';
export { type ComponentKind, componentKinds, parseUrn, type Urn } from './urn.js';
