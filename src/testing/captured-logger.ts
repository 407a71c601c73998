import { inspect } from 'node:util';
import type { LogFields, Logger } from '../extension/logger.js';

export interface CapturedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps every line, so that a test can read what an operator would. */
export class CapturedLogger implements Logger {
  readonly lines: CapturedLine[];
  readonly #fields: LogFields;

  constructor(fields: LogFields = {}, lines: CapturedLine[] = []) {
    this.#fields = fields;
    this.lines = lines;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#add('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#add('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#add('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new CapturedLogger({ ...this.#fields, ...fields }, this.lines);
  }

  /** All lines as text, errors with their causes: what to search for a secret that leaked. */
  get text(): string {
    return this.lines.map((line) => inspect(line, { depth: 10, showHidden: true })).join('\n');
  }

  #add(level: CapturedLine['level'], message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
