/** What became of the items (spans, data points, log records) of one pipeline. Data without items counts nowhere. */
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

/** How many numbers the counters of a pipeline take. */
export const COUNTERS = 4;

/** Counts a pipeline's items while it runs. */
export class PipelineCounters {
  readonly #cells: Float64Array;

  /** @param cells `COUNTERS` zeros; in memory that threads share when another one reads them */
  constructor(cells: Float64Array = new Float64Array(COUNTERS)) {
    this.#cells = cells;
  }

  get received(): number {
    return this.#cells[0] as number;
  }

  set received(items: number) {
    this.#cells[0] = items;
  }

  get exported(): number {
    return this.#cells[1] as number;
  }

  set exported(items: number) {
    this.#cells[1] = items;
  }

  get failed(): number {
    return this.#cells[2] as number;
  }

  set failed(items: number) {
    this.#cells[2] = items;
  }

  get dropped(): number {
    return this.#cells[3] as number;
  }

  set dropped(items: number) {
    this.#cells[3] = items;
  }

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
