import type { Pdata } from '../pdata.js';
import { Attributes } from './attributes.js';
import { MessageView, messagePart } from './message-view.js';
import { type ScopeView, scopeView } from './scope-view.js';

/** Field numbers of a request, of ResourceSpans, ResourceMetrics and ResourceLogs, which agree, and of a Resource. */
const RESOURCES = 1;
const RESOURCE = 1;
const SCOPES = 2;
const SCHEMA_URL = 3;
const ATTRIBUTES = 1;

/**
 * The resources of a payload, in their order. Views are cheap, and nothing inside them is looked at before it is asked
 * for: `pdata.itemCount`, and that of a resource or scope, make no view at all.
 *
 * ```ts
 * for (const resource of resourcesOf(pdata)) {
 *   if (resource.attributes.get('deployment.environment.name') !== 'production') continue;
 *   for (const scope of resource.scopes()) {
 *     for (const record of scope.logRecords()) if (record.severityNumber >= 17) errors += 1;
 *   }
 * }
 * ```
 *
 * @throws MalformedPayload while it is iterated, when the framing is broken
 */
export function resourcesOf(pdata: Pdata): Iterable<ResourceView> {
  return new RequestView(pdata, 0, pdata.bytes.length).resources();
}

class RequestView extends MessageView {
  resources(): Iterable<ResourceView> {
    return this.children(RESOURCES, resourceView);
  }
}

/** A ResourceSpans, ResourceMetrics or ResourceLogs: a resource and what came from it. */
export class ResourceView extends MessageView {
  /** Those of the resource. */
  get attributes(): Attributes {
    return new Attributes(this.pdata, [...this.children(RESOURCE, messagePart)], ATTRIBUTES);
  }

  get schemaUrl(): string {
    return this.text(SCHEMA_URL);
  }

  /** How many spans, data points or log records are inside; counted on the wire. */
  get itemCount(): number {
    return this.count([RESOURCES]);
  }

  scopes(): Iterable<ScopeView> {
    return this.children(SCOPES, scopeView);
  }
}

export function resourceView(pdata: Pdata, start: number, end: number): ResourceView {
  return new ResourceView(pdata, start, end);
}
