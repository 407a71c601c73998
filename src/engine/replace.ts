import { parseComponentConfig } from '../config/component/parse-config.js';
import { ConfigError } from '../config/config-error.js';
import { Diagnostics } from '../config/diagnostic.js';
import { type ConfigPath, noSource } from '../config/location.js';
import { didYouMean } from '../config/suggest.js';
import { checkBindings } from '../extension/check-bindings.js';
import { ExtensionError } from '../extension/errors.js';
import type { ExtensionScope } from '../extension/extension-scope.js';
import type { ExtensionPlan } from '../extension/plan.js';
import { type ScopeName, sameScope, scopeLabel } from '../extension/scope.js';

/**
 * The scope of that name.
 *
 * @throws ExtensionError `NotFound`; TypeError when it is no name of a scope
 */
export function findScope(scopes: readonly ExtensionScope[], name: ScopeName): ExtensionScope {
  checkScopeName(name);
  const found = scopes.find((scope) => sameScope(scope.name, name));
  if (found !== undefined) return found;
  const known = scopes.map((scope) => scopeLabel(scope.name));
  throw new ExtensionError('NotFound', `there is no ${scopeLabel(name)}; there are ${known.join(', ')}`);
}

/** For callers in JavaScript, who must not change another scope by mistake. */
function checkScopeName(name: unknown): void {
  const { group, pipeline } = (typeof name === 'object' && name !== null ? name : { group: name }) as {
    readonly group?: unknown;
    readonly pipeline?: unknown;
  };
  const named = typeof name === 'object' && name !== null;
  const grouped = group === undefined ? pipeline === undefined : typeof group === 'string';
  if (named && grouped && (pipeline === undefined || typeof pipeline === 'string')) return;
  throw new TypeError("a scope is {} for the engine's, { group }, or { group, pipeline }");
}

/**
 * The plan of an extension with another configuration.
 *
 * @param config as it would stand in a file
 * @throws ExtensionError `NotFound`; TypeError when the name is no string; ConfigError when its schema refuses the configuration
 */
export function planReplacement(scope: ExtensionScope, name: string, config: unknown): ExtensionPlan {
  if (typeof name !== 'string') throw new TypeError('an extension is replaced by its name, a string');
  const slot = scope.registry.own(name);
  const label = scopeLabel(scope.name);
  if (slot === undefined) {
    const wider = scope.registry.find(name);
    const own = scope.registry.slots.map((declared) => declared.name);
    const hint =
      wider === undefined
        ? (didYouMean(name, own) ?? 'only what the configuration declares can be replaced')
        : `${scopeLabel(wider.plan.scope)} declares the one that is seen there`;
    throw new ExtensionError('NotFound', `${label} declares no extension '${name}'; ${hint}`, {
      extension: name,
    });
  }
  const { plan } = slot;
  const { group, pipeline } = scope.name;
  const path: ConfigPath = [
    ...(group === undefined ? ['engine'] : ['groups', group]),
    ...(pipeline === undefined ? [] : ['pipelines', pipeline]),
    'extensions',
    name,
  ];
  const diagnostics = new Diagnostics(noSource);
  const capabilities = new Map([...plan.capabilities].map(([trait, bound]) => [trait.name, bound]));
  const spec = { id: name, type: plan.descriptor.urn, config, capabilities, path };
  const parsed = parseComponentConfig(plan.descriptor.config, spec, diagnostics);
  if (parsed.ok) checkBindings(plan.descriptor, spec, parsed.value, diagnostics);
  if (!parsed.ok || diagnostics.hasErrors) throw new ConfigError(diagnostics.sorted(), noSource);
  return { ...plan, config: parsed.value, written: parsed.input };
}
