/** What became of the items (spans, data points, log records) of one pipeline. */
export interface PipelineSummary {
  readonly group: string;
  readonly pipeline: string;
  /** Items that receivers put into the pipeline. */
  readonly received: number;
  /** Items that exporters delivered. */
  readonly exported: number;
  /** Items that a node refused or could not deliver; whoever waited for them was told. */
  readonly failed: number;
  /** Items that were abandoned because the drain's deadline passed or the stop was forced. */
  readonly dropped: number;
}

/** Counts a pipeline's items while it runs. */
export class PipelineCounters {
  received = 0;
  exported = 0;
  failed = 0;
  dropped = 0;

  summary(group: string, pipeline: string): PipelineSummary {
    const { received, exported, failed, dropped } = this;
    return { group, pipeline, received, exported, failed, dropped };
  }
}

/** One line for an operator: `pipeline default/main: received 10, exported 10, failed 0, dropped 0`. */
export function formatSummary(summary: PipelineSummary): string {
  const { group, pipeline, received, exported, failed, dropped } = summary;
  return `pipeline ${group}/${pipeline}: received ${received}, exported ${exported}, failed ${failed}, dropped ${dropped}`;
}
