import { structureProblems } from '../messages.js';
import { type ChannelCapacity, DEFAULT_POLICIES, type Policies } from '../spec.js';
import type { MapReader } from './map-reader.js';

/** Policy families of the reference engine that have no effect here. */
const OTHER_FAMILIES = ['health', 'telemetry', 'resources', 'runtime_recovery', 'transport_headers'];

/** The policies that hold in a scope. A family that the scope declares replaces the wider one whole. */
export function readPolicies(scope: MapReader, inherited: Policies): Policies {
  const policies = scope.map('policies', "'policies'");
  if (policies === undefined) return inherited;
  const capacity = policies.map('channel_capacity', "'channel_capacity'");
  policies.withoutEffect(...OTHER_FAMILIES);
  policies.finish();
  return capacity === undefined ? inherited : { ...inherited, channelCapacity: readCapacity(capacity) };
}

function readCapacity(capacity: MapReader): ChannelCapacity {
  const pdata = readCount(capacity, 'pdata') ?? DEFAULT_POLICIES.channelCapacity.pdata;
  capacity.withoutEffect('control');
  const control = capacity.map('control', "'control'");
  for (const name of ['node', 'pipeline', 'completion']) if (control !== undefined) readCount(control, name);
  control?.finish();
  capacity.finish();
  return { pdata };
}

function readCount(map: MapReader, name: string): number | undefined {
  const tree = map.field(name);
  if (tree === undefined || tree.kind === 'failed') return undefined;
  if (tree.kind === 'scalar' && Number.isSafeInteger(tree.value) && Number(tree.value) > 0)
    return Number(tree.value);
  map.problem(structureProblems.notPositive(name), name);
  return undefined;
}
