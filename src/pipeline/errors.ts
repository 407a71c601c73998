import { reasonOf } from '../extension/errors.js';
import { type ScopeName, scopeLabel } from '../extension/scope.js';

/** A pipeline cannot run, or cannot go on running. The message names the pipeline and the node. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
}

interface NamedNode {
  readonly id: string;
  readonly descriptor: { readonly kind: string; readonly urn: { readonly short: string } };
}

/** `receiver 'in' (receiver:otlp) of pipeline 'default/main'` */
const nodeName = (pipeline: ScopeName, { id, descriptor }: NamedNode): string =>
  `${descriptor.kind} '${id}' (${descriptor.urn.short}) of ${scopeLabel(pipeline)}`;

/** All wording about nodes that fail. */
export const pipelineErrors = {
  creationFailed: (pipeline: ScopeName, node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(pipeline, node)} could not be created: ${reasonOf(cause)}`, { cause }),

  receiverFailed: (pipeline: ScopeName, node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(pipeline, node)} failed: ${reasonOf(cause)}`, { cause }),

  notListening: (pipeline: ScopeName, node: NamedNode, timeoutMs: number) =>
    new PipelineError(
      `${nodeName(pipeline, node)} did not take data within ${timeoutMs / 1000} s of its start`,
    ),

  endFailed: (pipeline: ScopeName, node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(pipeline, node)} failed while stopping: ${reasonOf(cause)}`, { cause }),

  notDrained: (pipeline: ScopeName, afterMs: number) =>
    new PipelineError(
      `${scopeLabel(pipeline)} was not drained after ${(afterMs / 1000).toFixed(1)} s; what was left in it is dropped`,
    ),
} as const;
