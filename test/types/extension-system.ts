/** What must compile of scopes, instances and use of extensions by extensions, and what must not; see extension.ts. */
import {
  type ActiveExtension,
  type BearerToken,
  BearerTokenProvider,
  Extension,
  type ExtensionContext,
  ExtensionLookup,
  HttpConnectionPool,
  inject,
} from '../../src/authoring.js';
import type { Engine, ExtensionStatus } from '../../src/index.js';
import { createTrait, type ExtensionTrait } from '../../src/traits/trait.js';

const declaration = { urn: 'urn:acme:extension:x', description: 'x' } as const;

class Provider implements BearerTokenProvider {
  async getToken(): Promise<BearerToken> {
    throw new Error('type test');
  }
  async *tokenStream(): AsyncIterable<BearerToken> {}
}

// An instance per consumer, for a class without a life of its own.
@Extension({
  ...declaration,
  traits: [BearerTokenProvider],
  execution: 'shared',
  instancing: 'per_consumer',
})
export class PassiveEach extends Provider {}

// @ts-expect-error nobody would start an instance per consumer
@Extension({ ...declaration, traits: [BearerTokenProvider], execution: 'shared', instancing: 'per_consumer' })
export class ActiveEach extends Provider implements ActiveExtension {
  async start(): Promise<void> {}
}

// @ts-expect-error a background extension has no consumers
@Extension({ ...declaration, execution: 'local', instancing: 'per_consumer' })
export class BackgroundEach implements ActiveExtension {
  async start(): Promise<void> {}
}

@Extension({
  ...declaration,
  traits: [BearerTokenProvider],
  execution: 'shared',
  // @ts-expect-error a policy that there is not
  instancing: 'per_pipeline',
})
export class UnknownPolicy extends Provider {}

// A trait with a direct method cannot cross threads.
interface Dispatching {
  dispatcher(): object;
}
const Dispatching: ExtensionTrait<Dispatching> = createTrait<Dispatching>({
  id: 'Dispatching',
  name: 'dispatching',
  description: '',
  methods: { dispatcher: 'direct' },
  handle: (target) => ({ dispatcher: () => target.current.dispatcher() }),
});

@Extension({ ...declaration, traits: [Dispatching], execution: 'local' })
export class LocalDirect implements Dispatching {
  dispatcher(): object {
    return {};
  }
}

@Extension({
  ...declaration,
  traits: [Dispatching],
  // @ts-expect-error a trait with a direct method is local
  execution: 'shared',
})
export class SharedDirect implements Dispatching {
  dispatcher(): object {
    return {};
  }
}

@Extension({
  ...declaration,
  traits: [BearerTokenProvider, Dispatching],
  // @ts-expect-error one direct method among others is enough
  execution: 'shared',
})
export class SharedBoth extends Provider implements Dispatching {
  dispatcher(): object {
    return {};
  }
}

// A trait says of each method how it behaves.
createTrait<Dispatching>({
  id: 'Dispatching',
  name: 'dispatching',
  description: '',
  // @ts-expect-error a method that answers directly is not async
  methods: { dispatcher: 'async' },
  handle: (target) => ({ dispatcher: () => target.current.dispatcher() }),
});
createTrait<Dispatching>({
  id: 'Dispatching',
  name: 'dispatching',
  description: '',
  methods: { dispatcher: 'direct' },
  // @ts-expect-error a handle has every method of the trait
  handle: () => ({}),
});
createTrait<Dispatching>({
  id: 'Dispatching',
  name: 'dispatching',
  description: '',
  // @ts-expect-error no method is forgotten
  methods: {},
  handle: (target) => ({ dispatcher: () => target.current.dispatcher() }),
});

// Extensions use others.
@Extension({
  ...declaration,
  execution: 'local',
  uses: [BearerTokenProvider],
  requires: [HttpConnectionPool],
})
export class Uses implements ActiveExtension {
  readonly provider: BearerTokenProvider | undefined;

  constructor(@inject(ExtensionLookup) lookup: ExtensionLookup) {
    this.provider = lookup.findExtension(BearerTokenProvider);
    const pool: HttpConnectionPool = lookup.getExtension(HttpConnectionPool, 'pool');
    // @ts-expect-error another trait's interface
    const wrong: BearerTokenProvider = lookup.getExtension(HttpConnectionPool);
    void [pool, wrong];
  }

  async start(ctx: ExtensionContext): Promise<void> {
    const provider: BearerTokenProvider = ctx.getExtension(BearerTokenProvider);
    // @ts-expect-error it may be missing
    const maybe: BearerTokenProvider = ctx.findExtension(BearerTokenProvider);
    void [provider, maybe];
  }
}

@Extension({
  ...declaration,
  execution: 'local',
  // @ts-expect-error uses takes traits
  uses: ['bearer_token_provider'],
})
export class UsesString implements ActiveExtension {
  async start(): Promise<void> {}
}

@Extension({
  ...declaration,
  execution: 'local',
  // @ts-expect-error requires takes traits, and a class is none
  requires: [Provider],
})
export class RequiresClass implements ActiveExtension {
  async start(): Promise<void> {}
}

// @ts-expect-error a passive class has nothing to become ready in, but nothing to start either: a start is missing
@Extension({ ...declaration, execution: 'local', readiness: true })
export class NothingToBeReady {}

// What an application does with scopes.
export async function operate(engine: Engine): Promise<void> {
  await engine.replaceExtension({}, 'auth', {});
  await engine.replaceExtension({ group: 'edge' }, 'auth', {});
  await engine.replaceExtension({ group: 'edge', pipeline: 'main' }, 'auth', {});
  // @ts-expect-error a scope is named by what it is
  await engine.replaceExtension('edge/main', 'auth', {});
  const [status] = engine.extensions;
  const state: ExtensionStatus['state'] | undefined = status?.state;
  // @ts-expect-error a state that there is not
  const wrong: ExtensionStatus['state'] = 'panicked';
  // @ts-expect-error a status is what it was when it was read
  if (status !== undefined) status.replacements = 0;
  const { replaced, failed, needsRestart } = await engine.reload();
  void [state, wrong, replaced, failed, needsRestart];
}
