import { z } from 'zod';
import { parseUrn, type Urn } from '../../config/urn.js';
import type { CatalogEntry } from '../../extension/catalog.js';
import type { ExtensionDescriptor } from '../../extension/decorator.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import { traits } from '../../traits/index.js';
import type { ScopePlans } from '../plan-scopes.js';
import type { StandInType } from './questions.js';

/** The types of the shared extensions among some plans, as a worker is told of them. */
export function standInTypes(plans: Iterable<ExtensionPlan>): readonly StandInType[] {
  const types = new Map<string, StandInType>();
  for (const { descriptor } of plans) {
    if (descriptor.execution !== 'shared') continue;
    const { urn, description, instancing } = descriptor;
    const names = descriptor.traits.map(({ name }) => name);
    types.set(urn.text, { urn: urn.text, description, traits: names, instancing });
  }
  return [...types.values()];
}

/** Nothing is ever built of it. */
class ElsewhereExtension {}

/** The type as a worker's catalog has it: passive, for nothing of it is started there. */
export function standInEntry({ urn, description, traits: names, instancing }: StandInType): CatalogEntry {
  const descriptor: ExtensionDescriptor = Object.freeze({
    kind: 'extension',
    // The engine read it from a decorated class.
    urn: parseUrn(urn) as Urn,
    description,
    config: z.unknown(),
    uses: [],
    requires: [],
    traits: traits.filter(({ name }) => names.includes(name)),
    execution: 'shared',
    life: 'passive',
    instancing,
    readiness: undefined,
  });
  return { descriptor, componentClass: ElsewhereExtension, origin: 'the thread of the engine' };
}

/** Plans whose shared extensions are led to where they live. */
export function withStandIns<Plans extends ScopePlans>(
  plans: Plans,
  lead: (plan: ExtensionPlan) => NonNullable<ExtensionPlan['standIn']>,
): Plans {
  const led = (extensions: readonly ExtensionPlan[]): readonly ExtensionPlan[] =>
    extensions.map((plan) =>
      plan.descriptor.execution === 'shared' ? { ...plan, standIn: lead(plan) } : plan,
    );
  return {
    ...plans,
    extensions: led(plans.extensions),
    groups: plans.groups.map((group) => ({ ...group, extensions: led(group.extensions) })),
    pipelines: plans.pipelines.map((pipeline) => ({ ...pipeline, extensions: led(pipeline.extensions) })),
  };
}
