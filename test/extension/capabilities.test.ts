import { describe, expect, it } from '@jest/globals';
import {
  BearerTokenAuthorizer,
  BearerTokenProvider,
  Extension,
  inject,
  Logger,
  serviceToken,
} from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import { ExtensionError } from '../../src/extension/errors.js';
import type { CapabilityPlan } from '../../src/extension/plan.js';
import { buildRegistry } from '../../src/extension/registry.js';
import type { ExtensionSlot } from '../../src/extension/slot.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { BothSides, ProviderOnly, planOf, Scripted, scope } from '../fixtures/extensions.js';

const consumer = { kind: 'exporter', id: 'out', namespace: 'test/main/exporter/out' };

const registry = buildRegistry(
  [
    planOf('both', BothSides, { token: 'a' }),
    planOf('other', BothSides, { token: 'b' }),
    planOf('only', ProviderOnly),
    planOf('background', Scripted, { journal: [] }),
  ],
  scope(),
);

const capabilities = (
  ...plan: [...(readonly [CapabilityPlan extends ReadonlyMap<infer K, string> ? K : never, string])[]]
) => new Capabilities(consumer, new Map(plan), registry);

function failure(action: () => unknown): ExtensionError {
  try {
    action();
  } catch (error) {
    if (error instanceof ExtensionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an extension with two traits', () => {
  it('is one instance behind both', () => {
    const { bundle } = registry.own('both') ?? {};
    expect(bundle?.find(BearerTokenProvider)).toBeInstanceOf(BothSides);
    expect(bundle?.find(BearerTokenProvider)).toBe(bundle?.find(BearerTokenAuthorizer));
  });

  it('is another instance under another name, with its own configuration', async () => {
    const bound = capabilities([BearerTokenProvider, 'both']);
    expect(bound.getExtension(BearerTokenProvider)).not.toBe(
      bound.getExtension(BearerTokenProvider, 'other'),
    );
    expect((await bound.getExtension(BearerTokenProvider).getToken()).secret.reveal()).toBe('a');
    expect((await bound.getExtension(BearerTokenProvider, 'other').getToken()).secret.reveal()).toBe('b');
  });

  it('is the same instance for every consumer', () => {
    const { bundle } = registry.own('both') ?? {};
    capabilities([BearerTokenProvider, 'both']);
    capabilities([BearerTokenProvider, 'both']);
    expect(registry.own('both')?.bundle).toBe(bundle);
  });
});

describe('getExtension', () => {
  it('says NotBound when nothing is bound to the trait', () => {
    const error = failure(() => capabilities().getExtension(BearerTokenProvider));
    expect(error.kind).toBe('NotBound');
    expect(error.message).toBe(
      "exporter 'out' asks for bearer_token_provider, which is bound to no extension; " +
        'add capabilities: { bearer_token_provider: <extension> } to it',
    );
    expect(error.path).toEqual(["exporter 'out'"]);
  });

  it('says NotFound, and what was meant, when no extension has the name', () => {
    const error = failure(() => capabilities().getExtension(BearerTokenProvider, 'bohT'));
    expect(error.kind).toBe('NotFound');
    expect(error.extension).toBe('bohT');
    expect(error.message).toBe(
      "exporter 'out' asks extension 'bohT' for bearer_token_provider: no extension has that name here; did you mean 'both'?",
    );
  });

  it('lists what is declared when no name is near', () => {
    expect(failure(() => capabilities().getExtension(BearerTokenProvider, 'vault')).message).toBe(
      "exporter 'out' asks extension 'vault' for bearer_token_provider: no extension has that name here; " +
        "declared are 'both', 'other', 'only', 'background'",
    );
  });

  it('says TraitNotImplemented, and what there is instead, when the extension lacks the trait', () => {
    const error = failure(() => capabilities().getExtension(BearerTokenAuthorizer, 'only'));
    expect(error.kind).toBe('TraitNotImplemented');
    expect(error.trait).toBe('bearer_token_authorizer');
    expect(error.message).toBe(
      "exporter 'out' asks extension 'only' for bearer_token_authorizer: urn:test:extension:provider_only provides bearer_token_provider",
    );
  });

  it('finds no trait in a background extension', () => {
    const error = failure(() => capabilities().getExtension(BearerTokenProvider, 'background'));
    expect(error.kind).toBe('TraitNotImplemented');
    expect(error.message).toContain('provides no trait at all');
  });

  it('says what to look for when it is asked for something that is no trait', () => {
    const error = failure(() => capabilities().getExtension(undefined as never));
    expect(error.message).toBe(
      "exporter 'out' asks for something that is not a trait; import one from 'otap-dataflow' " +
        '(a circular import gives undefined)',
    );
  });

  it('says Disposed after the pipeline has stopped', () => {
    const bound = capabilities([BearerTokenProvider, 'both']);
    bound.dispose();
    for (const look of [
      () => bound.getExtension(BearerTokenProvider),
      () => bound.getExtension(BearerTokenProvider, 'both'),
      () => bound.findExtension(BearerTokenProvider),
    ]) {
      expect(failure(look).kind).toBe('Disposed');
    }
  });
});

describe('findExtension', () => {
  it('gives undefined when nothing is bound', () => {
    expect(capabilities().findExtension(BearerTokenProvider)).toBeUndefined();
  });

  it('gives a handle of the bound instance, the same one at each call', async () => {
    const bound = capabilities([BearerTokenProvider, 'only']);
    const found = bound.findExtension(BearerTokenProvider);
    expect((await found?.getToken())?.secret.reveal()).toBe('only');
    expect(bound.getExtension(BearerTokenProvider)).toBe(found);
    expect(bound.getExtension(BearerTokenProvider, 'only')).toBe(found);
  });
});

describe('creation', () => {
  it('gives each instance a logger that names it', () => {
    @Extension({ urn: 'extension:talks', description: 'talks', traits: [], execution: 'local' })
    class Talks {
      constructor(@inject(Logger) log: Logger) {
        log.info('made');
      }
      async start(): Promise<void> {}
    }
    const logger = new CapturedLogger();
    buildRegistry([planOf('talker', Talks)], scope(logger));
    expect(logger.lines).toEqual([{ level: 'info', message: 'made', fields: { extension: 'talker' } }]);
  });

  it('injects services that the application bound in its own container', () => {
    const Secrets = serviceToken<{ find(): string }>('test-secrets');
    @Extension({ urn: 'extension:app', description: 'app', traits: [], execution: 'local' })
    class UsesApplication {
      constructor(@inject(Secrets) readonly secrets: { find(): string }) {}
      async start(): Promise<void> {}
    }
    const container = scope();
    container.bind(Secrets.id).toConstantValue({ find: () => 'found' });
    const { bundle } = buildRegistry([planOf('app', UsesApplication)], container).own('app') as ExtensionSlot;
    const instance: unknown = bundle?.active;
    expect(instance).toBeInstanceOf(UsesApplication);
    expect((instance as UsesApplication).secrets.find()).toBe('found');
  });

  it('says CreationFailed with the instance and what its constructor threw', () => {
    @Extension({ urn: 'extension:throws', description: 'throws', traits: [], execution: 'local' })
    class Throws {
      constructor() {
        throw new Error('no vault address');
      }
      async start(): Promise<void> {}
    }
    const error = failure(() => buildRegistry([planOf('vault', Throws)], scope()));
    expect(error.kind).toBe('CreationFailed');
    expect(error.message).toBe(
      "extension 'vault' (extension:throws) of pipeline 'test/main' could not be created: no vault address",
    );
    expect((error.cause as Error).message).toBe('no vault address');
  });

  it('says CreationFailed when a constructor asks for a service that nobody bound', () => {
    const Missing = serviceToken<object>('test-missing');
    @Extension({ urn: 'extension:needs', description: 'needs', traits: [], execution: 'local' })
    class Needs {
      constructor(@inject(Missing) readonly missing: object) {}
      async start(): Promise<void> {}
    }
    const error = failure(() => buildRegistry([planOf('needy', Needs)], scope()));
    expect(error.kind).toBe('CreationFailed');
    expect(error.message).toBe(
      "extension 'needy' (extension:needs) of pipeline 'test/main' could not be created: it injects the service 'test-missing', " +
        'which nobody bound; bind it in the container that is given to the engine',
    );
  });

  it('says CreationFailed when start is a property, which would never be called', () => {
    @Extension({
      urn: 'extension:arrow',
      description: 'arrow',
      traits: [BearerTokenProvider],
      execution: 'local',
    })
    class Arrow extends ProviderOnly {
      start = async (): Promise<void> => {};
    }
    expect(failure(() => buildRegistry([planOf('arrow', Arrow)], scope())).message).toBe(
      "extension 'arrow' (extension:arrow) of pipeline 'test/main' could not be created: " +
        'its start is a property; write it as a method, or it is never called',
    );
  });

  it('reports every instance that could not be created', () => {
    @Extension({ urn: 'extension:throws2', description: 'throws', traits: [], execution: 'local' })
    class Throws {
      constructor() {
        throw new Error('broken');
      }
      async start(): Promise<void> {}
    }
    expect(() =>
      buildRegistry([planOf('a', Throws), planOf('b', ProviderOnly), planOf('c', Throws)], scope()),
    ).toThrow(
      [
        '2 extensions could not be created:',
        "  - extension 'a' (extension:throws2) of pipeline 'test/main' could not be created: broken",
        "  - extension 'c' (extension:throws2) of pipeline 'test/main' could not be created: broken",
      ].join('\n'),
    );
  });
});
