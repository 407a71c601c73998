import type { z } from 'zod';
import {
  type ComponentClass,
  type ComponentDeclaration,
  type ComponentDescriptor,
  describeComponent,
} from '../extension/component.js';
import type { ExporterNode, ProcessorNode, ReceiverNode } from './contracts.js';

export type NodeKind = 'receiver' | 'processor' | 'exporter';

export type NodeDeclaration<Schema extends z.ZodType> = ComponentDeclaration<Schema>;

export interface NodeDescriptor extends ComponentDescriptor {
  readonly kind: NodeKind;
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
  for (const method of methods) {
    if (typeof (target.prototype as Record<string, unknown>)[method] !== 'function') {
      throw new TypeError(`${target.name}: a ${kind} needs a ${method}() method`);
    }
  }
  describeComponent<NodeDescriptor>(target, kind, declaration, {});
}
