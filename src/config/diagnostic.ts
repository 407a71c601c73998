import { type ConfigPath, formatPath, type Location, type SourceMap } from './location.js';

export type Severity = 'error' | 'warning';

/** One thing that is wrong with a configuration, or looks wrong. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable, such as `unknown_field`; documented in `src/config/README.md`. */
  readonly code: string;
  /** What is wrong and what to do about it. Never shows a secret. */
  readonly message: string;
  readonly path: ConfigPath;
  readonly location: Location | undefined;
}

/** Collects everything that is wrong, so that it is reported in one go. */
export class Diagnostics {
  readonly #all: Diagnostic[] = [];
  readonly #sources: SourceMap;

  constructor(sources: SourceMap) {
    this.#sources = sources;
  }

  /** @param part which half of `key: value` to point at */
  error(code: string, path: ConfigPath, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('error', code, path, message, part);
  }

  warning(code: string, path: ConfigPath, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('warning', code, path, message, part);
  }

  /** Adds a diagnostic whose place is known already. */
  add(diagnostic: Diagnostic): void {
    this.#all.push(diagnostic);
  }

  get hasErrors(): boolean {
    return this.#all.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** All of them, in the order of their places. */
  sorted(): readonly Diagnostic[] {
    return [...this.#all].sort(byPlace);
  }

  #add(severity: Severity, code: string, path: ConfigPath, message: string, part: 'key' | 'value'): void {
    this.#all.push({ severity, code, message, path, location: this.#sources.locate(path, part) });
  }
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const left = a.location;
  const right = b.location;
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

/**
 * A diagnostic for a terminal: `file:line:column: error[code] message`, and under it the line with a caret.
 * Without a place, the path stands in its stead.
 */
export function formatDiagnostic(diagnostic: Diagnostic, sources: SourceMap): string {
  const { severity, code, message, path, location } = diagnostic;
  if (location === undefined) return `${formatPath(path) || '<config>'}: ${severity}[${code}] ${message}`;
  const head = `${location.file}:${location.line}:${location.column}: ${severity}[${code}] ${message}`;
  const text = sources.lineText(location);
  if (text === undefined) return head;
  const number = String(location.line);
  const margin = ' '.repeat(number.length);
  const indent = text.slice(0, location.column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${number} | ${text}\n  ${margin} | ${indent}^`;
}

/** A configuration that cannot run, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], sources: SourceMap) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
    const count = `${errors} ${errors === 1 ? 'error' : 'errors'} in the configuration`;
    super([count, ...diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources))].join('\n'));
    this.diagnostics = diagnostics;
  }
}
