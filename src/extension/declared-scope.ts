import { type ParsedConfig, parseComponentConfig } from '../config/component/parse-config.js';
import type { Diagnostics } from '../config/diagnostic.js';
import type { ExtensionSpec, ExtensionsSpec } from '../config/spec.js';
import type { Catalog } from './catalog.js';
import { checkCapabilities } from './check.js';
import { checkBindings } from './check-bindings.js';
import type { ComponentClass } from './component.js';
import type { ExtensionDescriptor } from './decorator.js';
import { findType } from './find-type.js';
import type { CapabilityPlan, ExtensionPlan } from './plan.js';
import type { ScopeName } from './scope.js';

/** What the planning of all scopes shares. */
export interface PlanContext {
  readonly catalog: Catalog;
  readonly diagnostics: Diagnostics;
}

/** An extension of the configuration whose type is known. */
export class DeclaredExtension {
  readonly spec: ExtensionSpec;
  readonly scope: DeclaredScope;
  readonly descriptor: ExtensionDescriptor;
  readonly componentClass: ComponentClass;
  /** Whether its configuration is sound, and what its schema made of it. */
  readonly parsed: ParsedConfig<unknown>;
  /** What it binds; filled by `bind`. */
  capabilities: CapabilityPlan = new Map();
  used = false;

  constructor(
    spec: ExtensionSpec,
    scope: DeclaredScope,
    descriptor: ExtensionDescriptor,
    componentClass: ComponentClass,
    { diagnostics }: PlanContext,
  ) {
    this.spec = spec;
    this.scope = scope;
    this.descriptor = descriptor;
    this.componentClass = componentClass;
    this.parsed = parseComponentConfig(descriptor.config, spec, diagnostics);
  }

  /** The extensions that it binds, each once. */
  get dependencies(): readonly DeclaredExtension[] {
    const found = [...new Set(this.capabilities.values())].map((name) => this.scope.find(name));
    return found.filter((extension) => extension instanceof DeclaredExtension);
  }

  /** Marks it and all that it binds as used. */
  use(): void {
    // A chain may be longer than the call stack is deep.
    const found: DeclaredExtension[] = [this];
    for (let next = found.pop(); next !== undefined; next = found.pop()) {
      if (next.used) continue;
      next.used = true;
      found.push(...next.dependencies);
    }
  }

  /** What to build; `undefined` when its configuration is wrong. */
  plan(): ExtensionPlan | undefined {
    const { spec, scope, descriptor, componentClass, parsed, capabilities, used } = this;
    if (!parsed.ok) return undefined;
    const { value, input } = parsed;
    return {
      name: spec.id,
      scope: scope.name,
      descriptor,
      componentClass,
      config: value,
      written: input,
      capabilities,
      declaredReadinessMs: spec.readinessTimeoutMs,
      used,
    };
  }
}

/** The extensions that one scope declares, and through its parent all that can be seen from it. */
export class DeclaredScope {
  readonly name: ScopeName;
  readonly parent: DeclaredScope | undefined;
  readonly #own = new Map<string, DeclaredExtension>();
  readonly #broken: Set<string>;
  readonly #narrower: DeclaredScope[] = [];
  readonly #context: PlanContext;

  constructor(name: ScopeName, declared: ExtensionsSpec, context: PlanContext, parent?: DeclaredScope) {
    this.name = name;
    this.parent = parent;
    this.#context = context;
    this.#broken = new Set(declared.broken);
    if (parent !== undefined) parent.#narrower.push(this);
    for (const spec of declared.extensions.values()) {
      const entry = findType(spec, context.catalog, context.diagnostics);
      if (entry === undefined) {
        this.#broken.add(spec.id);
        continue;
      }
      const descriptor = entry.descriptor as ExtensionDescriptor;
      const extension = new DeclaredExtension(spec, this, descriptor, entry.componentClass, context);
      this.#own.set(spec.id, extension);
    }
  }

  /** The nearest extension of that name; `broken` when its declaration is wrong, which is reported already. */
  find(name: string): DeclaredExtension | 'broken' | undefined {
    if (this.#broken.has(name)) return 'broken';
    return this.#own.get(name) ?? this.parent?.find(name);
  }

  /** An extension of that name in a scope inside of this one. */
  findNarrower(name: string): DeclaredExtension | undefined {
    for (const scope of this.#narrower) {
      const found = scope.#own.get(name) ?? scope.findNarrower(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** All names that can be seen from here, the nearest first. */
  get names(): readonly string[] {
    return [...new Set([...this.#own.keys(), ...(this.parent?.names ?? [])])];
  }

  get extensions(): readonly DeclaredExtension[] {
    return [...this.#own.values()];
  }

  /** Checks what its extensions bind. To be called when every scope is declared. */
  bind(): void {
    const { catalog, diagnostics } = this.#context;
    for (const extension of this.#own.values()) {
      const { spec, descriptor } = extension;
      extension.capabilities = checkCapabilities(spec, descriptor, this, catalog, diagnostics);
      if (extension.parsed.ok) checkBindings(descriptor, spec, extension.parsed.value, diagnostics);
      if (spec.readinessTimeoutMs !== undefined && descriptor.readiness === undefined) {
        diagnostics.error(
          'invalid_value',
          [...spec.path, 'readiness_timeout'],
          `${descriptor.urn.short} has no readiness barrier, so there is nothing to wait for; remove readiness_timeout`,
          'key',
        );
      }
    }
  }

  /** What to build of this scope's own. */
  plans(): readonly ExtensionPlan[] {
    return this.extensions.flatMap((extension) => extension.plan() ?? []);
  }
}
