import type { Diagnostics } from '../config/diagnostic.js';
import type { ComponentSpec } from '../config/spec.js';
import { didYouMean } from '../config/suggest.js';
import { traits as allTraits } from '../traits/index.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { CapabilityPlan } from './capabilities.js';
import type { Catalog } from './catalog.js';
import type { ExtensionDescriptor } from './decorator.js';
import { type Consumer, type ExtensionError, extensionErrors } from './errors.js';

/** What is known of a scope's extensions before any is built. */
export interface DeclaredExtensions {
  /** Names to descriptors, of those whose type was found. */
  readonly descriptors: ReadonlyMap<string, ExtensionDescriptor>;
  /** Names whose declarations are wrong and reported already. */
  readonly broken: ReadonlySet<string>;
}

export interface CapabilityRules {
  /** Traits that the component can use. */
  readonly uses: readonly ExtensionTrait<unknown>[];
  /** Traits that must be bound. */
  readonly requires: readonly ExtensionTrait<unknown>[];
}

/**
 * Checks a component's `capabilities:` against what is declared, without building anything. All mistakes are
 * reported; those bindings that are right come back.
 */
export function checkCapabilities(
  spec: ComponentSpec,
  rules: CapabilityRules,
  declared: DeclaredExtensions,
  catalog: Catalog,
  diagnostics: Diagnostics,
): CapabilityPlan {
  const consumer: Consumer = { kind: spec.type.kind, id: spec.id };
  const plan = new Map<ExtensionTrait<unknown>, string>();
  for (const [traitName, extension] of spec.capabilities) {
    const path = [...spec.path, 'capabilities', traitName];
    const trait = allTraits.find((candidate) => candidate.name === traitName);
    if (trait === undefined) {
      const known = allTraits.map(({ name }) => name);
      const hint = didYouMean(traitName, known) ?? `there are ${known.join(', ')}`;
      diagnostics.error('unknown_capability', path, `there is no capability '${traitName}'; ${hint}`, 'key');
    } else if (!rules.uses.includes(trait)) {
      const usable =
        rules.uses.length === 0 ? 'it uses none' : `it uses ${rules.uses.map(({ name }) => name).join(', ')}`;
      diagnostics.error(
        'unused_capability',
        path,
        `${spec.type.short} does not use ${traitName}, so the binding would have no effect; ${usable}`,
        'key',
      );
    } else if (!declared.broken.has(extension)) {
      const error = bindingError(consumer, extension, trait, declared, catalog);
      if (error === undefined) plan.set(trait, extension);
      else diagnostics.error(codeOf[error.kind], path, error.message);
    }
  }
  for (const trait of rules.requires) {
    if (!spec.capabilities.has(trait.name)) {
      diagnostics.error('not_bound', spec.path, extensionErrors.notBound(consumer, trait).message, 'key');
    }
  }
  return plan;
}

const codeOf = { NotFound: 'not_found', TraitNotImplemented: 'trait_not_implemented' } as const;

function bindingError(
  consumer: Consumer,
  extension: string,
  trait: ExtensionTrait<unknown>,
  declared: DeclaredExtensions,
  catalog: Catalog,
): ExtensionError<keyof typeof codeOf> | undefined {
  const descriptor = declared.descriptors.get(extension);
  if (descriptor === undefined) {
    return extensionErrors.notFound(consumer, extension, trait, [...declared.descriptors.keys()]);
  }
  if (descriptor.traits.includes(trait)) return undefined;
  const providers = catalog.entries().filter((entry) => provides(entry.descriptor, trait));
  return extensionErrors.traitNotImplemented(
    consumer,
    extension,
    descriptor.urn.short,
    trait,
    descriptor.traits,
    providers.map((entry) => entry.descriptor.urn.short),
  );
}

function provides(descriptor: object, trait: ExtensionTrait<unknown>): boolean {
  return 'traits' in descriptor && (descriptor as ExtensionDescriptor).traits.includes(trait);
}
