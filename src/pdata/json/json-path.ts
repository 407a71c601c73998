import { MalformedPayload } from '../malformed.js';

/** Where in a JSON text a reader stands; written as `resourceSpans[0].scopeSpans[2].spans[1].traceId`. */
export class JsonPath {
  /** Those beyond the depth are left over from where the reader was before. */
  readonly #steps: (string | number)[] = [];
  #depth = 0;

  enter(step: string | number): void {
    this.#steps[this.#depth] = step;
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** What is wrong here, for instance `must be a string (found an object)`. */
  fault(problem: string): MalformedPayload {
    return new MalformedPayload(`malformed OTLP JSON: ${this.toString()} ${problem}`);
  }

  toString(): string {
    let text = '';
    for (const step of this.#steps.slice(0, this.#depth)) {
      if (typeof step === 'number') text += `[${step}]`;
      else text += text === '' ? step : `.${step}`;
    }
    return text === '' ? 'the request' : text;
  }
}

/** The JSON type of a value, with its article, for messages that must not show the value. */
export function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'a boolean';
    case 'object':
      return 'an object';
    default:
      return 'a number';
  }
}
