import type { GroupPlan, ScopePlans } from '../../engine/plan-scopes.js';
import type { CapabilityPlan, ExtensionPlan } from '../../extension/plan.js';
import type { PipelinePlan } from '../../pipeline/plan.js';
import type { Arrow, Diagram, Frame, Shape, ShapeKind } from './diagram.js';

/** Draws what would run: each scope a frame, with its extensions and what it holds. */
export function drawPlans(plans: ScopePlans): Diagram {
  const drawing = new Drawing();
  const engine = drawing.extensions(plans.extensions, []);
  const groups = plans.groups.map((group) => {
    const pipelines = plans.pipelines.filter((pipeline) => pipeline.group === group.id);
    return drawing.group(group, pipelines, engine.scopes);
  });
  const frames = engine.shapes.length === 0 ? [] : [drawing.frame('engine', engine.shapes, [])];
  return { frames: [...frames, ...groups], arrows: drawing.arrows };
}

/** The shapes of extensions by name, nearest scope first. */
type Scopes = readonly ReadonlyMap<string, Shape>[];

class Drawing {
  readonly arrows: Arrow[] = [];
  #keys = 0;

  frame(title: string, shapes: readonly Shape[], frames: readonly Frame[]): Frame {
    return { key: this.#key(), title, shapes, frames };
  }

  group(group: GroupPlan, plans: readonly PipelinePlan[], outer: Scopes): Frame {
    const { shapes, scopes } = this.extensions(group.extensions, outer);
    const pipelines = plans.map((plan) => this.#pipeline(plan, scopes));
    return this.frame(`group ${group.id}`, shapes, pipelines);
  }

  /** Draws the extensions of a scope, and what they bind of this scope and of wider ones. */
  extensions(plans: readonly ExtensionPlan[], outer: Scopes): { shapes: readonly Shape[]; scopes: Scopes } {
    const own = new Map(
      plans.map(({ name, descriptor, used }) => {
        const shape = this.#shape('extension', [name, descriptor.urn.short], !used);
        return [name, shape] as const;
      }),
    );
    const scopes = [own, ...outer];
    for (const { name, capabilities } of plans) this.#bind(own.get(name), capabilities, scopes);
    return { shapes: [...own.values()], scopes };
  }

  #pipeline(plan: PipelinePlan, outer: Scopes): Frame {
    const { shapes: extensions, scopes } = this.extensions(plan.extensions, outer);
    const nodes = new Map<string, Shape>();
    for (const { id, descriptor, capabilities } of plan.nodes) {
      const shape = this.#shape(descriptor.kind, [id, descriptor.urn.short]);
      nodes.set(id, shape);
      this.#bind(shape, capabilities, scopes);
    }
    const forks = plan.edges.flatMap(({ from, output, to }) => this.#connect(nodes, from, output, to));
    return this.frame(`pipeline ${plan.id}`, [...nodes.values(), ...forks, ...extensions], []);
  }

  /** Draws a connection; one whose destinations compete goes through a fork, which is returned. */
  #connect(
    nodes: ReadonlyMap<string, Shape>,
    from: string,
    output: string | undefined,
    to: readonly string[],
  ): readonly Shape[] {
    const source = nodes.get(from);
    const targets = to.flatMap((id) => nodes.get(id) ?? []);
    if (source === undefined || targets.length === 0) return [];
    const fork = targets.length > 1 ? this.#shape('one_of', ['one of']) : undefined;
    const [first] = targets;
    if (fork === undefined) this.#arrow(source, first, 'data', output);
    else {
      this.#arrow(source, fork, 'data', output);
      for (const target of targets) this.#arrow(fork, target, 'data', undefined);
    }
    return fork === undefined ? [] : [fork];
  }

  #bind(consumer: Shape | undefined, capabilities: CapabilityPlan, scopes: Scopes): void {
    for (const [trait, name] of capabilities) {
      const provider = scopes.map((scope) => scope.get(name)).find((shape) => shape !== undefined);
      this.#arrow(consumer, provider, 'capability', trait.name);
    }
  }

  #arrow(
    from: Shape | undefined,
    to: Shape | undefined,
    kind: Arrow['kind'],
    label: string | undefined,
  ): void {
    if (from !== undefined && to !== undefined) this.arrows.push({ from: from.key, to: to.key, kind, label });
  }

  #shape(kind: ShapeKind, lines: readonly string[], unused = false): Shape {
    return { key: this.#key(), kind, lines, unused };
  }

  #key(): string {
    this.#keys += 1;
    return `n${this.#keys}`;
  }
}
