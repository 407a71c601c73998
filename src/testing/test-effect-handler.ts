import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Pdata } from '../pdata/pdata.js';
import { type Completion, noCompletion } from '../pipeline/completion.js';
import type { EffectHandler, SendOptions } from '../pipeline/effect-handler.js';
import type { Nack } from '../pipeline/nack.js';
import type { ExtensionTrait } from '../traits/trait.js';
import { CapturedLogger } from './captured-logger.js';
import { FakeClock } from './fake-clock.js';
import { type Provided, ProvidedExtensions } from './provided.js';

/** What a node under test sent. */
export interface Sent {
  readonly pdata: Pdata;
  readonly output: string | undefined;
  readonly completion: Completion;
}

export interface TestEffectOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Implementations behind `getExtension`, as pairs made by `provide`. */
  readonly extensions?: readonly Provided[];
  /** Takes what the node sends, in place of the next node; acks at once when absent. May wait, to be slow. */
  readonly downstream?: (sent: Sent) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** An effect handler for one node alone: what the node sends is kept in `sent` and handed to `downstream`. */
export class TestEffectHandler implements EffectHandler {
  readonly node = 'node-under-test';
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sent: Sent[] = [];
  readonly #options: TestEffectOptions;
  readonly #extensions: ProvidedExtensions;

  constructor(options: TestEffectOptions = {}) {
    this.#options = options;
    this.#extensions = new ProvidedExtensions(options.extensions);
    this.logger = options.logger ?? new CapturedLogger();
    this.clock = options.clock ?? new FakeClock();
    this.signal = options.signal ?? new AbortController().signal;
  }

  getExtension<T>(trait: ExtensionTrait<T>, name?: string): T {
    return this.#extensions.getExtension(trait, name);
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    return this.#extensions.findExtension(trait);
  }

  async send(pdata: Pdata, options: SendOptions = {}): Promise<void> {
    const sent = { pdata, output: options.output, completion: options.completion ?? noCompletion };
    this.sent.push(sent);
    if (this.#options.downstream === undefined) sent.completion.ack();
    else await this.#options.downstream(sent);
  }

  /** Has no room where there is a `downstream`, which may have to be waited for. */
  trySend(pdata: Pdata, options: SendOptions = {}): boolean {
    if (this.#options.downstream !== undefined) return false;
    void this.send(pdata, options);
    return true;
  }

  deliver(pdata: Pdata, output?: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const completion = { ack: () => resolve(), nack: (reason: Nack) => reject(reason) };
      this.send(pdata, { completion, ...(output === undefined ? {} : { output }) }).catch(reject);
    });
  }
}
