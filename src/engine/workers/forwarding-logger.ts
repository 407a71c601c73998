import { inspect } from 'node:util';
import type { LogFields, Logger } from '../../extension/logger.js';
import { Secret } from '../../traits/secret.js';
import type { ControlLink } from './control-link.js';
import type { EngineQuestions } from './questions.js';

type Level = Parameters<EngineQuestions['log']>[0]['level'];

/** Hands the lines of a worker to the log of its engine. */
export class ForwardingLogger implements Logger {
  readonly #link: ControlLink<EngineQuestions>;
  readonly #fields: LogFields;

  constructor(link: ControlLink<EngineQuestions>, fields: LogFields) {
    this.#link = link;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new ForwardingLogger(this.#link, { ...this.#fields, ...fields });
  }

  #log(level: Level, message: string, fields: LogFields = {}): void {
    const all = { ...this.#fields, ...fields };
    try {
      this.#link.tell('log', { level, message, fields: all });
    } catch {
      // Something in it cannot cross; a line must not fail whoever writes it.
      this.#link.tell('log', { level, message, fields: shown(all) });
    }
  }
}

/** Fields as text, but for those that are simple, or secret. */
function shown(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      (typeof value === 'object' && value !== null && !(value instanceof Secret || value instanceof Error)) ||
      typeof value === 'function'
        ? inspect(value)
        : typeof value === 'symbol'
          ? String(value)
          : value,
    ]),
  );
}
