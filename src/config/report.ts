import { type Diagnostic, formatDiagnostic } from './diagnostic.js';
import type { SourceMap } from './location.js';

/** All diagnostics for a terminal, and how many there are; an empty string when there are none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], sources: SourceMap): string {
  if (diagnostics.length === 0) return '';
  const each = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources));
  return [...each, `${countInWords(diagnostics)} in the configuration`].join('\n');
}

/** `2 errors, 1 warning` */
function countInWords(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [];
  if (errors > 0 || warnings === 0) parts.push(errors === 1 ? '1 error' : `${errors} errors`);
  if (warnings > 0) parts.push(warnings === 1 ? '1 warning' : `${warnings} warnings`);
  return parts.join(', ');
}
