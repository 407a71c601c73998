import { reasonOf } from '../extension/errors.js';

/** A pipeline cannot run, or cannot go on running. The message names the node. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
}

interface NamedNode {
  readonly id: string;
  readonly descriptor: { readonly kind: string; readonly urn: { readonly short: string } };
}

const nodeName = (node: NamedNode): string =>
  `${node.descriptor.kind} '${node.id}' (${node.descriptor.urn.short})`;

/** All wording about nodes that fail. */
export const pipelineErrors = {
  creationFailed: (node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(node)} could not be created: ${reasonOf(cause)}`, { cause }),

  receiverFailed: (node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(node)} failed: ${reasonOf(cause)}`, { cause }),

  notListening: (node: NamedNode, timeoutMs: number) =>
    new PipelineError(`${nodeName(node)} did not take data within ${timeoutMs / 1000} s of its start`),

  endFailed: (node: NamedNode, cause: unknown) =>
    new PipelineError(`${nodeName(node)} failed while stopping: ${reasonOf(cause)}`, { cause }),

  notDrained: (pipeline: string, afterMs: number) =>
    new PipelineError(
      `pipeline '${pipeline}' was not drained after ${(afterMs / 1000).toFixed(1)} s; what was left in it is dropped`,
    ),
} as const;
