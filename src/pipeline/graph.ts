import type { Diagnostics } from '../config/diagnostic.js';
import type { ConnectionSource, ConnectionSpec, ConnectionTarget, PipelineSpec } from '../config/spec.js';
import { didYouMean } from '../config/suggest.js';

const A_COPY_EACH = 'a copy each takes a processor of your own, with an output for each of them';

/** One way out of a node: its output and the nodes that take from it, which compete when there are several. */
export interface Edge {
  readonly from: string;
  /** `undefined`: the node's unnamed output. */
  readonly output: string | undefined;
  readonly to: readonly string[];
}

/** The nodes of a pipeline that data can reach, and how. */
export interface PipelineGraph {
  readonly edges: readonly Edge[];
  /** Node ids, every node after those that it gets data from. */
  readonly order: readonly string[];
}

/**
 * Checks the connections of a pipeline and makes its graph. Reports unknown nodes and outputs, kinds in places
 * where they cannot stand, several destinations without a rule, and cycles; warns about nodes that are not
 * connected and leaves them out.
 */
export function buildGraph(pipeline: PipelineSpec, diagnostics: Diagnostics): PipelineGraph {
  // Edges that are refused are kept: the rest is checked as if they stood, and nothing is built from them.
  const used = new Set<string>();
  const edges = pipeline.connections.flatMap((connection) =>
    connectionEdges(pipeline, connection, used, diagnostics),
  );
  const cycle = findCycle(edges);
  if (cycle !== undefined) {
    diagnostics.error(
      'cycle',
      connectionPath(pipeline, cycle),
      `the connections form a cycle: ${cycle.join(' -> ')}; data would never leave it`,
    );
    return { edges: [], order: [] };
  }
  const connected = connectedNodes(
    pipeline,
    edges,
    understood(pipeline, diagnostics) ? diagnostics : undefined,
  );
  const kept = edges.filter((edge) => connected.has(edge.from) && edge.to.every((id) => connected.has(id)));
  return { edges: kept, order: topologicalOrder(connected, kept) };
}

/** @param used outputs that earlier connections leave from; grows */
function connectionEdges(
  pipeline: PipelineSpec,
  connection: ConnectionSpec,
  used: Set<string>,
  diagnostics: Diagnostics,
): Edge[] {
  const targets = connection.to.filter((target) => checkTarget(pipeline, target, diagnostics));
  const sources = connection.from.filter((source) => checkSource(pipeline, source, diagnostics));
  const to = [...new Set(targets.map((target) => target.node))];
  if (to.length > 1 && connection.dispatch !== 'one_of') {
    diagnostics.error(
      'broadcast',
      connection.path,
      `one connection cannot send the same data to ${to.length} nodes; add policies: { dispatch: one_of } to let ` +
        `them take turns; ${A_COPY_EACH}`,
    );
  }
  if (to.length === 0) return [];
  return sources.map((source) => {
    const output = source.output ?? pipeline.nodes.get(source.node)?.defaultOutput;
    const key = JSON.stringify([source.node, output]);
    if (used.has(key)) {
      const which = output === undefined ? 'the output' : `output '${output}'`;
      diagnostics.error(
        'broadcast',
        source.path,
        `${which} of '${source.node}' is connected already; list all destinations in one connection with ` +
          `policies: { dispatch: one_of } to let them take turns; ${A_COPY_EACH}`,
      );
    }
    used.add(key);
    return { from: source.node, output, to };
  });
}

function checkSource(pipeline: PipelineSpec, source: ConnectionSource, diagnostics: Diagnostics): boolean {
  const node = pipeline.nodes.get(source.node);
  if (node === undefined) return unknownNode(pipeline, source, diagnostics);
  if (node.type.kind === 'exporter') {
    diagnostics.error(
      'misplaced_node',
      source.path,
      `'${source.node}' is an exporter: data leaves the pipeline there, so nothing can come from it`,
    );
    return false;
  }
  const { output } = source;
  if (output !== undefined && !node.outputs.includes(output)) {
    const hint =
      node.outputs.length === 0
        ? `it declares none; add outputs: [${output}] to it`
        : (didYouMean(output, node.outputs) ?? `it declares ${node.outputs.join(', ')}`);
    diagnostics.error(
      'unknown_output',
      source.path,
      `node '${source.node}' has no output '${output}'; ${hint}`,
    );
    return false;
  }
  return true;
}

function checkTarget(pipeline: PipelineSpec, target: ConnectionTarget, diagnostics: Diagnostics): boolean {
  const node = pipeline.nodes.get(target.node);
  if (node === undefined) return unknownNode(pipeline, target, diagnostics);
  if (node.type.kind === 'receiver') {
    diagnostics.error(
      'misplaced_node',
      target.path,
      `'${target.node}' is a receiver: data enters the pipeline there, so nothing can be sent to it`,
    );
    return false;
  }
  return true;
}

function unknownNode(pipeline: PipelineSpec, end: ConnectionTarget, diagnostics: Diagnostics): false {
  if (!pipeline.broken.has(end.node)) {
    const known = [...pipeline.nodes.keys()];
    const hint =
      didYouMean(end.node, known) ?? `declared are ${known.map((id) => `'${id}'`).join(', ') || 'none'}`;
    diagnostics.error('unknown_node', end.path, `no node has the name '${end.node}'; ${hint}`);
  }
  return false;
}

function connectionPath(pipeline: PipelineSpec, cycle: readonly string[]): ConnectionSpec['path'] {
  const [first, second] = cycle;
  const connection = pipeline.connections.find(
    ({ from, to }) => from.some(({ node }) => node === first) && to.some(({ node }) => node === second),
  );
  return connection?.path ?? pipeline.path;
}

/** The ids along a cycle, the first again at the end; `undefined` when there is none. */
function findCycle(edges: readonly Edge[]): readonly string[] | undefined {
  const next = new Map<string, string[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), ...edge.to]);
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (id: string): readonly string[] | undefined => {
    if (trail.includes(id)) return [...trail.slice(trail.indexOf(id)), id];
    if (done.has(id)) return undefined;
    trail.push(id);
    for (const following of next.get(id) ?? []) {
      const cycle = visit(following);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(id);
    return undefined;
  };
  for (const id of next.keys()) {
    const cycle = visit(id);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Whether the connections are read as they were meant; else a misspelled end makes its node look forgotten. */
function understood(pipeline: PipelineSpec, diagnostics: Diagnostics): boolean {
  const connections = [...pipeline.path, 'connections'];
  const wrong = diagnostics
    .sorted()
    .some(
      ({ path, severity }) =>
        severity === 'error' && connections.every((part, index) => path[index] === part),
    );
  return !wrong && pipeline.broken.size === 0;
}

/** Nodes between a receiver and an exporter; warns about all others. */
function connectedNodes(
  pipeline: PipelineSpec,
  edges: readonly Edge[],
  diagnostics: Diagnostics | undefined,
): Set<string> {
  const forward = reach(pipeline, 'receiver', edges, (edge) => [[edge.from], edge.to]);
  const backward = reach(pipeline, 'exporter', edges, (edge) => [edge.to, [edge.from]]);
  const connected = new Set<string>();
  for (const node of pipeline.nodes.values()) {
    if (forward.has(node.id) && backward.has(node.id)) {
      connected.add(node.id);
      continue;
    }
    const lacks = !forward.has(node.id) ? 'no data reaches it' : 'no exporter takes its data';
    diagnostics?.warning(
      'unconnected_node',
      node.path,
      `${node.type.kind} '${node.id}' is left out: ${lacks}; connect it under connections: or remove it`,
      'key',
    );
  }
  return connected;
}

function reach(
  pipeline: PipelineSpec,
  kind: string,
  edges: readonly Edge[],
  direction: (edge: Edge) => readonly [readonly string[], readonly string[]],
): Set<string> {
  const reached = new Set<string>();
  const queue = [...pipeline.nodes.values()].filter((node) => node.type.kind === kind).map((node) => node.id);
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const [sources, targets] = direction(edge);
    for (const source of sources) next.set(source, [...(next.get(source) ?? []), ...targets]);
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    queue.push(...(next.get(id) ?? []));
  }
  return reached;
}

function topologicalOrder(nodes: ReadonlySet<string>, edges: readonly Edge[]): readonly string[] {
  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    if (visited.has(id)) return;
    visited.add(id);
    for (const edge of edges) if (edge.from === id) edge.to.forEach(visit);
    order.unshift(id);
  };
  for (const id of nodes) visit(id);
  return order;
}
