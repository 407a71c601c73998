import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, Extension, type ExtensionTrait, z } from '../../src/authoring.js';
import { createTrait, isTrait } from '../../src/traits/trait.js';
import { BothSides, descriptorOf, Gated, ProviderOnly, Scripted } from '../fixtures/extensions.js';

// What follows is what an author who writes JavaScript can do; the compiler refuses all of it (test/types).
const decorate = (declaration: object, target: object): void =>
  (Extension as unknown as (declaration: object) => (target: object) => void)(declaration)(target);

const declaration = { urn: 'urn:acme:extension:x', description: 'x', execution: 'shared' };

describe('@Extension', () => {
  it('attaches a frozen descriptor to the class', () => {
    const descriptor = descriptorOf(BothSides);
    expect(descriptor.urn.text).toBe('urn:test:extension:both_sides');
    expect(descriptor.traits.map(({ name }) => name)).toEqual([
      'bearer_token_provider',
      'bearer_token_authorizer',
    ]);
    expect(descriptor.execution).toBe('shared');
    expect(Object.isFrozen(descriptor)).toBe(true);
    expect(Object.isFrozen(descriptor.traits)).toBe(true);
  });

  it('calls traits without start passive, start without traits background, both active', () => {
    @Extension({ urn: 'extension:a', description: 'a', traits: [BearerTokenProvider], execution: 'local' })
    class Active extends ProviderOnly {
      async start(): Promise<void> {}
    }
    expect(descriptorOf(ProviderOnly).life).toBe('passive');
    expect(descriptorOf(Scripted).life).toBe('background');
    expect(descriptorOf(Active).life).toBe('active');
  });

  it('gives a readiness barrier of 5 s to a class that only asks for one', () => {
    expect(descriptorOf(Gated).readiness?.({})).toBe(5_000);
    expect(descriptorOf(Scripted).readiness).toBeUndefined();
  });

  it('takes no configuration when the class names no schema', () => {
    expect(descriptorOf(ProviderOnly).config.safeParse({}).success).toBe(true);
    expect(descriptorOf(ProviderOnly).config.safeParse({ x: 1 }).success).toBe(false);
  });

  it('refuses a forged trait, however much it looks like one', () => {
    const forged = {
      ...BearerTokenProvider,
      token: BearerTokenProvider.token,
      methods: BearerTokenProvider.methods,
    };
    const heir = Object.create(BearerTokenProvider) as ExtensionTrait<unknown>;
    expect(isTrait(forged)).toBe(false);
    expect(isTrait(heir)).toBe(false);
    expect(() =>
      decorate({ ...declaration, traits: [forged] }, class Forger extends ProviderOnly {}),
    ).toThrow(
      "Forger: traits[0] is not a trait of this engine; traits are sealed, import one from 'otap-dataflow'",
    );
  });

  it('lets nobody make a trait through the class of a trait', () => {
    const maker = BearerTokenProvider.constructor as new (...args: unknown[]) => ExtensionTrait<unknown>;
    const forgery = { id: 'Forged', name: 'forged', description: '', methods: {} };
    for (const args of [[forgery], [Symbol('maker of traits'), forgery], [undefined, forgery]]) {
      expect(() => new maker(...args)).toThrow('traits are sealed: only the engine makes them');
    }
    expect(Object.isFrozen(maker)).toBe(true);
    expect(Object.isFrozen(maker.prototype)).toBe(true);
  });

  it('refuses a readiness barrier that is neither true nor a function, which only JavaScript can ask for', () => {
    class A extends ProviderOnly {
      async start(): Promise<void> {}
    }
    for (const readiness of [300, false, '5s']) {
      expect(() =>
        decorate({ ...declaration, traits: [BearerTokenProvider], readiness } as never, A),
      ).toThrow('A: readiness is true, or a function of the configuration that gives milliseconds');
    }
  });

  it('refuses a readiness barrier without a start, and an execution model that there is not', () => {
    const traits = [BearerTokenProvider];
    expect(() =>
      decorate({ ...declaration, traits, readiness: true }, class A extends ProviderOnly {}),
    ).toThrow('A: asks for a readiness barrier but has no start() to become ready in');
    expect(() =>
      decorate({ ...declaration, traits, execution: 'bogus' }, class B extends ProviderOnly {}),
    ).toThrow("B: execution is 'local' or 'shared'");
  });

  it('refuses a class that lists a trait it lacks', () => {
    class Empty {
      async getToken(): Promise<void> {}
    }
    expect(() => decorate({ ...declaration, traits: [BearerTokenProvider] }, Empty)).toThrow(
      'Empty: lists the trait BearerTokenProvider but has no tokenStream(); write it as a method',
    );
  });

  it('refuses a class with neither a trait nor a start', () => {
    expect(() => decorate(declaration, class Idle {})).toThrow(
      'Idle: an extension needs a trait, a start() method, or both; it has neither',
    );
  });

  it('refuses a trait that is listed twice', () => {
    const twice = { ...declaration, traits: [BearerTokenProvider, BearerTokenProvider] };
    expect(() => decorate(twice, class Twice extends ProviderOnly {})).toThrow(
      'Twice: lists the trait BearerTokenProvider twice',
    );
  });

  it('refuses a URN that is malformed or of another kind', () => {
    for (const urn of ['vault', 'urn:acme:exporter:vault', 'urn:acme:extension:Vault']) {
      expect(() =>
        decorate({ ...declaration, urn, traits: [BearerTokenProvider] }, class V extends ProviderOnly {}),
      ).toThrow(`V: '${urn}' is no URN of kind 'extension'`);
    }
  });

  it('refuses to make one class two components', () => {
    expect(() => decorate({ ...declaration, traits: [BearerTokenProvider] }, ProviderOnly)).toThrow(
      'ProviderOnly: a class is one component; it is decorated twice',
    );
  });
});

describe('a trait', () => {
  it('is frozen', () => {
    expect(Object.isFrozen(BearerTokenProvider)).toBe(true);
    expect(Object.isFrozen(BearerTokenProvider.methods)).toBe(true);
  });

  it('is told apart from another of the same name', () => {
    const other = createTrait<{ getToken(): Promise<string> }>({
      id: 'BearerTokenProvider',
      name: 'bearer_token_provider',
      description: '',
      methods: { getToken: 'async' },
      handle: ({ current }) => current,
    });
    expect(other.token).not.toBe(BearerTokenProvider.token);
  });
});

describe('a config schema', () => {
  it('gives its type to the readiness function', () => {
    const Config = z.strictObject({ wait: z.number() });
    @Extension({
      urn: 'extension:waits',
      description: 'waits',
      execution: 'local',
      config: Config,
      readiness: ({ wait }) => wait,
    })
    class Waits {
      async start(): Promise<void> {}
    }
    expect(descriptorOf(Waits).readiness?.({ wait: 7 })).toBe(7);
  });
});
