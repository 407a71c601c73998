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

  /** Never throws: a line must not fail whoever writes it. */
  #log(level: Level, message: string, fields: LogFields = {}): void {
    try {
      this.#link.tell('log', { level, message, fields: { ...this.#fields, ...fields } });
    } catch {
      // Something in it cannot cross, or cannot even be read.
      this.#link.tell('log', { level, message, fields: { ...shown(this.#fields), ...shown(fields) } });
    }
  }
}

/** Fields as text, but for those that are simple, or secret. */
function shown(fields: LogFields): LogFields {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, shownValue(fields, name)]));
}

function shownValue(fields: LogFields, name: string): unknown {
  try {
    const value = fields[name];
    const crosses =
      value === null || ['string', 'number', 'boolean', 'bigint', 'undefined'].includes(typeof value);
    return crosses || value instanceof Secret || value instanceof Error ? value : inspect(value);
  } catch {
    return 'it cannot be read';
  }
}
