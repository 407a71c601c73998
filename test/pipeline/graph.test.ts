import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { buildGraph } from '../../src/pipeline/graph.js';

const nodes = {
  in: { type: 'receiver:otlp' },
  batch: { type: 'processor:batch' },
  out: { type: 'exporter:noop' },
};

/** What is said about the connections of a pipeline with these nodes, as `code: message`. */
async function problemsOf(
  connections: readonly object[],
  declared: object = nodes,
): Promise<readonly string[]> {
  const pipelines = { main: { nodes: declared, connections } };
  const value = { version: 'otel_dataflow/v1', groups: { default: { pipelines } } };
  const { diagnostics, spec } = await loadConfig([{ value }]);
  for (const pipeline of spec?.pipelines ?? []) buildGraph(pipeline, diagnostics);
  return diagnostics.sorted().map(({ code, message }) => `${code}: ${message}`);
}

describe('the graph of a pipeline', () => {
  it('has nothing to say about nodes that are connected', async () => {
    const connections = [
      { from: 'in', to: 'batch' },
      { from: 'batch', to: 'out' },
    ];
    expect(await problemsOf(connections)).toEqual([]);
  });

  it('warns about a node that is not connected', async () => {
    expect(await problemsOf([{ from: 'in', to: 'out' }])).toEqual([
      "unconnected_node: processor 'batch' is left out: no data reaches it; connect it under connections: or remove it",
    ]);
  });

  it('does not call a node unconnected that a misspelled connection may have meant', async () => {
    const connections = [
      { from: 'in', to: 'batch' },
      { from: 'batsh', to: 'out' },
    ];
    expect(await problemsOf(connections)).toEqual([
      "unknown_node: no node has the name 'batsh'; did you mean 'batch'?",
    ]);
  });

  it('does not call the neighbours of a node unconnected whose declaration is wrong', async () => {
    const connections = [
      { from: 'in', to: 'batch' },
      { from: 'batch', to: 'out' },
    ];
    const [problem, ...others] = await problemsOf(connections, { ...nodes, batch: { type: 'batch' } });
    expect(problem).toMatch(/^invalid_urn: /);
    expect(others).toEqual([]);
  });
});
