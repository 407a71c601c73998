import { inspect } from 'node:util';

const REDACTED = '[REDACTED]';

/**
 * A string that must not be seen: a token, a password, a key. It shows `[REDACTED]` wherever a value is
 * turned into text by accident: `String()`, template strings, `JSON.stringify`, `util.inspect`, error
 * messages. Only `reveal()` gives the value.
 *
 * @example
 * const password = new Secret('hunter2');
 * `${password}`;       // '[REDACTED]'
 * password.reveal();   // 'hunter2'
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it where the value leaves the process, and keep the result nowhere. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
