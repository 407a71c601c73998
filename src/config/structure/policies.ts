import type { Diagnostics } from '../diagnostic.js';
import { type ChannelCapacity, DEFAULT_POLICIES, type Policies } from '../spec.js';
import { readCount } from './count.js';
import type { MapReader } from './map-reader.js';
import { readRecovery } from './recovery.js';
import { readResources } from './resources.js';

/** Policy families of the reference engine that have no effect here. */
const OTHER_FAMILIES = ['health', 'telemetry', 'transport_headers'];

/**
 * The policies that hold in a scope. A family that the scope declares replaces the wider one whole, but for
 * `resources`, of which each member does.
 */
export function readPolicies(scope: MapReader, inherited: Policies, diagnostics: Diagnostics): Policies {
  const policies = scope.map('policies', "'policies'");
  if (policies === undefined) return inherited;
  const capacity = policies.map('channel_capacity', "'channel_capacity'");
  const resources = policies.map('resources', "'resources'");
  const recovery = policies.map('runtime_recovery', "'runtime_recovery'");
  policies.withoutEffect(...OTHER_FAMILIES);
  policies.finish();
  return {
    channelCapacity: capacity === undefined ? inherited.channelCapacity : readCapacity(capacity),
    coreAllocation:
      (resources === undefined ? undefined : readResources(resources, diagnostics)) ??
      inherited.coreAllocation,
    recovery: recovery === undefined ? inherited.recovery : readRecovery(recovery),
  };
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
