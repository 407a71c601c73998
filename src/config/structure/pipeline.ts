import type { Diagnostics } from '../diagnostic.js';
import { quoted, structureProblems } from '../messages.js';
import type { NodeSpec, PipelineSpec, Policies } from '../spec.js';
import type { Tree } from '../tree.js';
import { readComponent } from './component.js';
import { readConnection } from './connection.js';
import { readExtensions } from './extensions.js';
import { isId } from './id.js';
import { MapReader } from './map-reader.js';
import { oneOf } from './one-of.js';
import { readOutputs } from './outputs.js';
import { readPolicies } from './policies.js';

/** What data a pipeline of the reference engine carries; here it is always OTLP. */
const PIPELINE_TYPES = ['otlp', 'otap'];

export function readPipeline(
  group: MapReader,
  groupId: string,
  id: string,
  tree: Tree,
  inherited: Policies,
  diagnostics: Diagnostics,
): PipelineSpec | undefined {
  if (!isId(id)) group.problemOfKey(structureProblems.badId('pipeline'), 'pipelines', id);
  const pipeline = MapReader.open(tree, group.at('pipelines', id), `pipeline ${quoted(id)}`, diagnostics);
  if (pipeline === undefined) return undefined;
  oneOf(pipeline, 'type', PIPELINE_TYPES);
  const policies = readPolicies(pipeline, inherited, diagnostics);
  const declared = readExtensions(pipeline, diagnostics);
  const broken = new Set<string>();
  const nodes = new Map<string, NodeSpec>();
  for (const [name, member] of pipeline.members('nodes')) {
    const node = readNode(pipeline, name, member, diagnostics);
    if (node === undefined) broken.add(name);
    else nodes.set(name, node);
  }
  const connections = pipeline
    .items('connections')
    .flatMap((item, index) => readConnection(pipeline, index, item, diagnostics) ?? []);
  pipeline.finish();
  return { group: groupId, id, declared, nodes, broken, connections, policies, path: pipeline.path };
}

function readNode(
  pipeline: MapReader,
  id: string,
  tree: Tree,
  diagnostics: Diagnostics,
): NodeSpec | undefined {
  if (!isId(id)) pipeline.problemOfKey(structureProblems.badId('node'), 'nodes', id);
  const node = MapReader.open(tree, pipeline.at('nodes', id), `node ${quoted(id)}`, diagnostics);
  if (node === undefined) return undefined;
  const component = readComponent(node, id, 'nodes');
  node.text('description');
  const outputs = readOutputs(node);
  node.withoutEffect('entity', 'header_capture', 'header_propagation', 'rate_limiters', 'policies');
  node.finish();
  return component === undefined ? undefined : { ...component, ...outputs };
}
