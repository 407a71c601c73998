import type { DiagnosticCode } from './codes.js';
import { type ConfigPath, type Excerpt, formatPath, type Location, type SourceMap } from './location.js';

export type Severity = 'error' | 'warning';

/** One thing that is wrong with a configuration, or looks wrong. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable; the table is in `src/config/README.md`. */
  readonly code: DiagnosticCode;
  /** What is wrong and what to do about it. Never shows a secret. */
  readonly message: string;
  readonly path: ConfigPath;
  readonly location: Location | undefined;
}

/** Collects everything that is wrong, so that it is reported in one go. */
export class Diagnostics {
  /** Where the values of the configuration stood. */
  readonly sources: SourceMap;
  readonly #all: Diagnostic[] = [];
  readonly #placed = new Set<string>();

  constructor(sources: SourceMap) {
    this.sources = sources;
  }

  /** @param part which half of `key: value` to point at */
  error(code: DiagnosticCode, path: ConfigPath, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('error', code, path, message, part);
  }

  warning(code: DiagnosticCode, path: ConfigPath, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('warning', code, path, message, part);
  }

  /**
   * Adds a diagnostic whose place is known already. The same words about the same place count once: a value
   * that an alias repeats is wrong in one place of the text only.
   */
  add(diagnostic: Diagnostic): void {
    const { location, code, message } = diagnostic;
    if (location !== undefined) {
      const key = `${location.file}:${location.line}:${location.column} ${code} ${message}`;
      if (this.#placed.has(key)) return;
      this.#placed.add(key);
    }
    this.#all.push(diagnostic);
  }

  get hasErrors(): boolean {
    return this.#all.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** All of them, in the order of their places. */
  sorted(): readonly Diagnostic[] {
    return [...this.#all].sort(byPlace);
  }

  #add(
    severity: Severity,
    code: DiagnosticCode,
    path: ConfigPath,
    message: string,
    part: 'key' | 'value',
  ): void {
    this.add({ severity, code, message, path, location: this.sources.locate(path, part) });
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
  const excerpt = sources.excerpt?.(location) ?? wholeLine(location, sources);
  if (excerpt === undefined) return head;
  const number = String(location.line);
  const margin = ' '.repeat(number.length);
  const indent = excerpt.text.slice(0, excerpt.column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${number} | ${excerpt.text}\n  ${margin} | ${indent}^`;
}

function wholeLine(location: Location, sources: SourceMap): Excerpt | undefined {
  const text = sources.lineText(location);
  return text === undefined ? undefined : { text, column: location.column };
}
