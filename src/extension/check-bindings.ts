import type { Diagnostics } from '../config/diagnostic.js';
import { errorName } from '../config/sources/error-name.js';
import type { ComponentSpec } from '../config/spec.js';
import { traits } from '../traits/index.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { ConfigMistake } from './component.js';

/** What a component's decorator says of its configuration beside the schema. */
export interface BindingCheck {
  check?(config: unknown, bound: ReadonlySet<ExtensionTrait<unknown>>): Iterable<ConfigMistake>;
}

/** Reports what a component finds wrong with its checked configuration in view of what its declaration binds. */
export function checkBindings(
  { check }: BindingCheck,
  spec: ComponentSpec,
  config: unknown,
  diagnostics: Diagnostics,
): void {
  if (check === undefined) return;
  const { capabilities } = spec;
  // What is bound cannot be told when that part is wrong, which is reported.
  if (capabilities === undefined) return;
  const bound = new Set(traits.filter(({ name }) => capabilities.has(name)));
  try {
    for (const { path, message } of check(config, bound)) {
      diagnostics.error('invalid_value', [...spec.path, 'config', ...path], message, 'key');
    }
  } catch (error) {
    // Its message may hold a value of the configuration.
    diagnostics.error(
      'schema_failed',
      [...spec.path, 'config'],
      `the check of this configuration by ${spec.type.short} threw ${errorName(error)}; this is a bug of that component`,
      'key',
    );
  }
}
