import type { Diagnostic } from './diagnostic.js';
import type { SourceMap } from './location.js';
import { formatDiagnostics } from './report.js';

/** A configuration that cannot run. The message shows everything that is wrong with it, each in its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], sources: SourceMap) {
    super(formatDiagnostics(diagnostics, sources));
    this.diagnostics = diagnostics;
  }
}
