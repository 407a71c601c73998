import { BenchProcess } from './bench-process.mjs';

/** A client under load, which fails in the words of the engine when the engine was the reason. */
export class ClientProcess {
  #process;
  #subjects;

  /** @param subjects what it sends to */
  constructor(script, subjects, orders) {
    this.#subjects = subjects;
    this.#process = new BenchProcess('client', new URL(script, import.meta.url));
    this.#process.send(orders);
  }

  /** What it has measured. @throws Error when a request was refused, or it has nothing to say in time */
  async answer(timeoutMs) {
    try {
      return await this.#process.message(timeoutMs);
    } catch (error) {
      const errors = this.#subjects.flatMap((subject) => subject.errors);
      if (errors.length === 0) throw error;
      throw new Error(`${error.message}\n${errors.join('\n')}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose]() {
    await this.#process[Symbol.asyncDispose]();
  }
}
