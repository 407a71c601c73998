import type { z } from 'zod';
import {
  type ComponentClass,
  type ComponentDeclaration,
  type ComponentDescriptor,
  describeComponent,
  usedTraits,
} from '../extension/component.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { ExporterNode, ProcessorNode, ReceiverNode } from './contracts.js';

export type NodeKind = 'receiver' | 'processor' | 'exporter';

export interface NodeDeclaration<Schema extends z.ZodType> extends ComponentDeclaration<Schema> {
  /** Traits that `capabilities:` may bind. Binding any other is an error, so that a guard is never ignored. */
  readonly uses?: readonly ExtensionTrait<unknown>[];
  /** Traits that `capabilities:` must bind. */
  readonly requires?: readonly ExtensionTrait<unknown>[];
}

export interface NodeDescriptor extends ComponentDescriptor {
  readonly kind: NodeKind;
  readonly uses: readonly ExtensionTrait<unknown>[];
  readonly requires: readonly ExtensionTrait<unknown>[];
}

/** Makes a class a receiver. Does not compile when the class is not a `ReceiverNode`. */
export function Receiver<Schema extends z.ZodType>(declaration: NodeDeclaration<Schema>) {
  return <Class extends ComponentClass<ReceiverNode>>(target: Class): void =>
    describeNode(target, 'receiver', declaration, ['start']);
}

/** Makes a class a processor. Does not compile when the class is not a `ProcessorNode`. */
export function Processor<Schema extends z.ZodType>(declaration: NodeDeclaration<Schema>) {
  return <Class extends ComponentClass<ProcessorNode>>(target: Class): void =>
    describeNode(target, 'processor', declaration, ['process']);
}

/** Makes a class an exporter. Does not compile when the class is not an `ExporterNode`. */
export function Exporter<Schema extends z.ZodType>(declaration: NodeDeclaration<Schema>) {
  return <Class extends ComponentClass<ExporterNode>>(target: Class): void =>
    describeNode(target, 'exporter', declaration, ['export']);
}

function describeNode(
  target: ComponentClass,
  kind: NodeKind,
  declaration: NodeDeclaration<z.ZodType>,
  methods: readonly string[],
): void {
  const { uses, requires } = usedTraits(target, declaration);
  for (const method of methods) {
    if (typeof (target.prototype as Record<string, unknown>)[method] !== 'function') {
      throw new TypeError(`${target.name}: a ${kind} needs a ${method}() method`);
    }
  }
  describeComponent<NodeDescriptor>(target, kind, declaration, { uses, requires });
}
