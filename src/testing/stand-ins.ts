import { z } from 'zod';
import type { ComponentClass } from '../extension/component.js';
import { Extension } from '../extension/decorator.js';
import { config, inject } from '../extension/services.js';
import type { Pdata } from '../pdata/pdata.js';
import type { ExporterNode, ReceiverContext, ReceiverNode } from '../pipeline/contracts.js';
import { Exporter, Receiver } from '../pipeline/decorators.js';
import { EffectHandler } from '../pipeline/effect-handler.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { Provided } from './provided.js';

/** An extension class that forwards every method of a trait to what a test provides. */
export function fakeExtension({ trait, implementation }: Provided): ComponentClass {
  class FakeExtension {}
  for (const method of Object.keys(trait.methods)) {
    Object.defineProperty(FakeExtension.prototype, method, {
      // `provide` checked that the implementation fits its trait, whose methods are known by name only.
      value: (...args: unknown[]): unknown =>
        Reflect.apply(Reflect.get(implementation as object, method), implementation, args),
    });
  }
  Extension({
    urn: fakeUrn(trait),
    description: `The ${trait.name} of a test.`,
    traits: [trait],
    execution: 'local',
    // Its methods were defined above, where the compiler does not see them.
  })(FakeExtension as ComponentClass<never>);
  return FakeExtension;
}

export const fakeUrn = (trait: ExtensionTrait<unknown>): string => `urn:test:extension:${trait.name}`;

/** A receiver class whose instance does nothing but hand its effect handler to the test. */
export function standInReceiver(
  uses: readonly ExtensionTrait<unknown>[],
  hand: (effect: EffectHandler) => void,
): ComponentClass {
  @Receiver({ urn: STAND_IN_RECEIVER, description: 'Acts for a test.', uses })
  class StandInReceiver implements ReceiverNode {
    constructor(@inject(EffectHandler) effect: EffectHandler) {
      hand(effect);
    }

    async start(ctx: ReceiverContext): Promise<void> {
      ctx.ready();
      await ctx.stopping();
    }
  }
  return StandInReceiver;
}

export const STAND_IN_RECEIVER = 'urn:test:receiver:stand_in';

/** What a node under test sent to the next one. */
export interface Outgoing {
  readonly pdata: Pdata;
  /** The named output that it left by; `undefined` for the output without a name. */
  readonly output: string | undefined;
}

const SinkConfig = z.strictObject({ output: z.string().optional() });

/** An exporter class that hands what comes to the test. */
export function standInExporter(
  take: (outgoing: Outgoing, signal: AbortSignal) => Promise<void>,
): ComponentClass {
  @Exporter({ urn: STAND_IN_EXPORTER, description: 'Takes for a test.', config: SinkConfig })
  class StandInExporter implements ExporterNode {
    readonly maxInFlight = Number.MAX_SAFE_INTEGER;
    readonly #output: string | undefined;

    constructor(@config() settings: z.output<typeof SinkConfig>) {
      this.#output = settings.output;
    }

    export(pdata: Pdata, signal: AbortSignal): Promise<void> {
      return take({ pdata, output: this.#output }, signal);
    }
  }
  return StandInExporter;
}

export const STAND_IN_EXPORTER = 'urn:test:exporter:stand_in';
