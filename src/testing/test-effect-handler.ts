import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Pdata } from '../pdata/pdata.js';
import { type Completion, noCompletion } from '../pipeline/completion.js';
import type { EffectHandler, SendOptions } from '../pipeline/effect-handler.js';
import type { Nack } from '../pipeline/nack.js';
import type { ExtensionTrait } from '../traits/trait.js';
import { CapturedLogger } from './captured-logger.js';
import { FakeClock } from './fake-clock.js';

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

/** A trait with what stands behind it in a test. */
export interface Provided {
  readonly trait: ExtensionTrait<unknown>;
  readonly implementation: unknown;
}

/** Pairs a trait with an implementation of it, checked by the compiler. */
export function provide<T>(trait: ExtensionTrait<T>, implementation: T): Provided {
  return { trait, implementation };
}

/** An effect handler for one node alone: what the node sends is kept in `sent` and handed to `downstream`. */
export class TestEffectHandler implements EffectHandler {
  readonly node = 'node-under-test';
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sent: Sent[] = [];
  readonly #options: TestEffectOptions;

  constructor(options: TestEffectOptions = {}) {
    this.#options = options;
    this.logger = options.logger ?? new CapturedLogger();
    this.clock = options.clock ?? new FakeClock();
    this.signal = options.signal ?? new AbortController().signal;
  }

  getExtension<T>(trait: ExtensionTrait<T>): T {
    const found = this.findExtension(trait);
    if (found === undefined) throw new Error(`the test provides no ${trait.name}; pass one in 'extensions'`);
    return found;
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    const provided = this.#options.extensions?.find((candidate) => candidate.trait === trait);
    return provided?.implementation as T | undefined;
  }

  async send(pdata: Pdata, options: SendOptions = {}): Promise<void> {
    const sent = { pdata, output: options.output, completion: options.completion ?? noCompletion };
    this.sent.push(sent);
    if (this.#options.downstream === undefined) sent.completion.ack();
    else await this.#options.downstream(sent);
  }

  deliver(pdata: Pdata, output?: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const completion = { ack: () => resolve(), nack: (reason: Nack) => reject(reason) };
      this.send(pdata, { completion, ...(output === undefined ? {} : { output }) }).catch(reject);
    });
  }
}
