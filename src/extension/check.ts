import type { Diagnostics } from '../config/diagnostic.js';
import type { ComponentSpec } from '../config/spec.js';
import { didYouMean } from '../config/suggest.js';
import { traits as allTraits } from '../traits/index.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { Catalog } from './catalog.js';
import type { ComponentDescriptor } from './component.js';
import type { DeclaredExtension, DeclaredScope } from './declared-scope.js';
import type { ExtensionDescriptor } from './decorator.js';
import { type Consumer, type ExtensionError, extensionErrors } from './errors.js';
import type { CapabilityPlan } from './plan.js';
import { scopeLabel } from './scope.js';

/**
 * Checks a component's `capabilities:` against what can be seen from its scope, without building anything. All mistakes
 * are reported; those bindings that are right come back.
 */
export function checkCapabilities(
  spec: ComponentSpec,
  rules: Pick<ComponentDescriptor, 'uses' | 'requires'>,
  scope: DeclaredScope,
  catalog: Catalog,
  diagnostics: Diagnostics,
): CapabilityPlan {
  const consumer: Consumer = { kind: spec.type.kind, id: spec.id };
  const plan = new Map<ExtensionTrait<unknown>, string>();
  let misnamed = false;
  for (const [traitName, extension] of spec.capabilities ?? []) {
    const path = [...spec.path, 'capabilities', traitName];
    const trait = allTraits.find((candidate) => candidate.name === traitName);
    if (trait === undefined) {
      const known = allTraits.map(({ name }) => name);
      const hint = didYouMean(traitName, known) ?? `there are ${known.join(', ')}`;
      misnamed = true;
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
    } else if (extension !== undefined) {
      const found = scope.find(extension);
      if (found === 'broken') continue;
      const error =
        found === undefined
          ? invisible(consumer, extension, trait, scope, diagnostics)
          : missingTrait(consumer, found, trait, catalog);
      if (error === undefined) plan.set(trait, extension);
      else diagnostics.error(codeOf[error.kind], path, error.message);
    }
  }
  for (const trait of rules.requires) {
    // What is bound to something wrong, or by a wrong name, is not missing too.
    if (spec.capabilities?.has(trait.name) !== false || misnamed) continue;
    diagnostics.error('not_bound', spec.path, extensionErrors.notBound(consumer, trait).message, 'key');
  }
  return plan;
}

const codeOf = {
  NotFound: 'not_found',
  ScopeViolation: 'scope_violation',
  TraitNotImplemented: 'trait_not_implemented',
} as const;

type BindingError = ExtensionError<keyof typeof codeOf>;

/** No extension of that name can be seen from the scope. */
function invisible(
  consumer: Consumer,
  extension: string,
  trait: ExtensionTrait<unknown>,
  scope: DeclaredScope,
  diagnostics: Diagnostics,
): BindingError {
  const narrower = scope.findNarrower(extension);
  if (narrower === undefined) return extensionErrors.notFound(consumer, extension, trait, scope.names);
  const at = diagnostics.sources.locate(narrower.spec.path, 'key');
  const place = at === undefined ? '' : ` (${at.file}:${at.line}:${at.column})`;
  return extensionErrors.scopeViolation(consumer, extension, trait, {
    from: scopeLabel(scope.name),
    to: `${scopeLabel(narrower.scope.name)}${place}`,
  });
}

function missingTrait(
  consumer: Consumer,
  { spec, descriptor }: DeclaredExtension,
  trait: ExtensionTrait<unknown>,
  catalog: Catalog,
): BindingError | undefined {
  if (descriptor.traits.includes(trait)) return undefined;
  const providers = catalog.entries().filter((entry) => provides(entry.descriptor, trait));
  return extensionErrors.traitNotImplemented(
    consumer,
    spec.id,
    descriptor.urn.short,
    trait,
    descriptor.traits,
    providers.map((entry) => entry.descriptor.urn.short),
  );
}

function provides(descriptor: object, trait: ExtensionTrait<unknown>): boolean {
  return 'traits' in descriptor && (descriptor as ExtensionDescriptor).traits.includes(trait);
}
