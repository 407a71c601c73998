/**
 * What must compile, and what must not. `tsc` reads this file: a line under `@ts-expect-error` that compiles is
 * itself an error.
 */
import {
  type ActiveExtension,
  type AuthorizationDecision,
  type BearerToken,
  BearerTokenAuthorizer,
  BearerTokenProvider,
  Clock,
  type EffectHandler,
  Exporter,
  Extension,
  type ExtensionContext,
  type ExtensionTrait,
  HttpConnectionPool,
  inject,
  Logger,
  type Message,
  Processor,
  Receiver,
  z,
} from '../../src/authoring.js';

const declaration = { urn: 'urn:acme:extension:x', description: 'x', execution: 'shared' } as const;

abstract class Provider implements BearerTokenProvider {
  abstract getToken(): Promise<BearerToken>;
  abstract tokenStream(): AsyncIterable<BearerToken>;
}

class WholeProvider extends Provider {
  async getToken(): Promise<BearerToken> {
    throw new Error('type test');
  }
  async *tokenStream(): AsyncIterable<BearerToken> {}
}

// An extension with one trait, two traits, a trait and a start, and a start alone.
@Extension({ ...declaration, traits: [BearerTokenProvider] })
export class OneTrait extends WholeProvider {}

@Extension({ ...declaration, traits: [BearerTokenProvider, BearerTokenAuthorizer] })
export class TwoTraits extends WholeProvider {
  async authorize(): Promise<AuthorizationDecision> {
    return { allowed: false, reason: 'NotPermitted' };
  }
}

@Extension({ ...declaration, traits: [BearerTokenProvider] })
export class ActiveProvider extends WholeProvider implements ActiveExtension {
  async start(_ctx: ExtensionContext): Promise<void> {}
}

@Extension({ ...declaration })
export class Background implements ActiveExtension {
  async start(): Promise<void> {}
}

// @ts-expect-error a class that lists a trait it lacks
@Extension({ ...declaration, traits: [BearerTokenAuthorizer] })
export class LacksTrait extends WholeProvider {}

// @ts-expect-error a class that implements one of the two traits that it lists
@Extension({ ...declaration, traits: [BearerTokenProvider, BearerTokenAuthorizer] })
export class LacksSecondTrait extends WholeProvider {}

// @ts-expect-error a method of the trait that returns something else
@Extension({ ...declaration, traits: [BearerTokenProvider] })
export class WrongReturn {
  async getToken(): Promise<string> {
    return '';
  }
  async *tokenStream(): AsyncIterable<BearerToken> {}
}

// @ts-expect-error a string is not a trait
@Extension({ ...declaration, traits: ['bearer_token_provider'] })
export class StringTrait extends WholeProvider {}

// @ts-expect-error a class is not a trait
@Extension({ ...declaration, traits: [WholeProvider] })
export class ClassTrait extends WholeProvider {}

const forged = {
  id: 'BearerTokenProvider',
  name: 'bearer_token_provider',
  description: '',
  token: Symbol('forged'),
  methods: { getToken: 'async', tokenStream: 'stream' },
} as const;

const anyTraits: ExtensionTrait<unknown>[] = [BearerTokenAuthorizer, HttpConnectionPool];
const anyObjects: ExtensionTrait<object>[] = [BearerTokenAuthorizer, HttpConnectionPool];
const traits = [BearerTokenProvider, BearerTokenAuthorizer];

// @ts-expect-error a list that may have any traits says nothing of what the class must be
@Extension({ ...declaration, traits: anyTraits })
export class AnyTraits extends WholeProvider {}

// @ts-expect-error nor does one whose interfaces are nothing but objects
@Extension({ ...declaration, traits: anyObjects })
export class AnyObjects extends WholeProvider {}

// A list that the compiler knows is as good as one in place.
@Extension({ ...declaration, traits })
export class ListedTraits extends TwoTraits {}

// @ts-expect-error what the class lacks of it is seen, too
@Extension({ ...declaration, traits })
export class LacksListedTrait extends WholeProvider {}

// @ts-expect-error an object that looks like a trait is none: traits are sealed
@Extension({ ...declaration, traits: [forged] })
export class ForgedTrait extends WholeProvider {}

// @ts-expect-error the look-alike cannot even be called a trait
export const assigned: ExtensionTrait<BearerTokenProvider> = forged;

// @ts-expect-error neither a trait nor a start
@Extension({ ...declaration })
export class Neither {}

// @ts-expect-error an empty list of traits and no start
@Extension({ ...declaration, traits: [] })
export class EmptyTraits {}

// @ts-expect-error a start that is not asynchronous
@Extension({ ...declaration, traits: [BearerTokenProvider] })
export class SynchronousStart extends WholeProvider {
  start(): void {}
}

// @ts-expect-error the execution model is said by every extension
@Extension({ urn: 'urn:acme:extension:x', description: 'x', traits: [BearerTokenProvider] })
export class NoExecution extends WholeProvider {}

@Extension({
  ...declaration,
  config: z.strictObject({ wait: z.number() }),
  // @ts-expect-error the readiness function reads what the schema gives
  readiness: (settings) => settings.weight,
})
export class WrongReadiness implements ActiveExtension {
  async start(): Promise<void> {}
}

// An abstract class cannot be built.
// @ts-expect-error an abstract class
@Extension({ ...declaration, traits: [BearerTokenProvider] })
export abstract class Abstract extends Provider {}

// Injection checks the parameter's type.
export class Injected {
  constructor(
    @inject(Logger) readonly log: Logger,
    @inject(Clock) readonly clock: Clock,
    // @ts-expect-error a logger is not a clock
    @inject(Logger) readonly wrong: Clock,
  ) {}
}

// Look-ups give the trait's interface.
export function lookUps(effect: EffectHandler): void {
  const provider: BearerTokenProvider = effect.getExtension(BearerTokenProvider);
  const named: BearerTokenProvider = effect.getExtension(BearerTokenProvider, 'vault_b');
  const maybe: BearerTokenProvider | undefined = effect.findExtension(BearerTokenProvider);
  // @ts-expect-error another trait's interface
  const wrong: BearerTokenAuthorizer = effect.getExtension(BearerTokenProvider);
  // @ts-expect-error a forged trait opens nothing
  effect.getExtension(forged);
  void [provider, named, maybe, wrong];
}

// Nodes.
const node = { urn: 'urn:acme:receiver:x', description: 'x' } as const;

@Receiver(node)
export class GoodReceiver {
  async start(): Promise<void> {}
}

@Processor(node)
export class GoodProcessor {
  process(message: Message): void {
    message.ack();
  }
}

@Exporter({ ...node, uses: [BearerTokenProvider] })
export class GoodExporter {
  async export(): Promise<void> {}
}

// @ts-expect-error a receiver without start
@Receiver(node)
export class NoStart {}

// @ts-expect-error a processor without process
@Processor(node)
export class NoProcess {}

// @ts-expect-error an exporter whose export promises nothing
@Exporter(node)
export class NoPromise {
  export(): void {}
}

// @ts-expect-error uses takes traits
@Exporter({ ...node, uses: ['bearer_token_provider'] })
export class UsesString {
  async export(): Promise<void> {}
}
