import type { Pdata } from './pdata.js';
import { hierarchies } from './schema/hierarchy.js';
import { ResourceView } from './views/resource-view.js';
import { WireCursor } from './wire/cursor.js';
import { explain } from './wire/explain.js';
import { WireFault } from './wire/faults.js';
import { headerOf } from './wire/header.js';
import { WireType } from './wire/wire-type.js';

/**
 * A request as several, by its resources: those with the same key go together, in their order, bytes and all. This is
 * how to send data of different tenants or services different ways. Fields of the request itself that this schema does
 * not know go with every part, and so does the metadata.
 *
 * ```ts
 * const byTenant = groupResources(pdata, ({ attributes }) => String(attributes.get('tenant.id') ?? 'none'));
 * ```
 *
 * @param keyOf asked once for each resource, in their order
 * @returns the parts in the order of their first resources; of a request with one key the request as it is; an empty map
 * for a request without resources. That one may hold fields that this schema does not know: send it on as it is, for
 * whoever waits for it hears nothing otherwise.
 * @throws MalformedPayload when the framing around the resources is broken
 */
export function groupResources<K>(pdata: Pdata, keyOf: (resource: ResourceView) => K): Map<K, Pdata> {
  const { signal, bytes } = pdata;
  const parts = new Map<K, Uint8Array[]>();
  try {
    const { children } = hierarchies[signal];
    const cursor = new WireCursor(bytes);
    while (cursor.pos < cursor.end) {
      const at = cursor.pos;
      const tag = cursor.tag();
      if (children[tag >>> 3] === undefined) {
        cursor.skip(tag);
        continue;
      }
      if ((tag & 7) !== WireType.length) throw new WireFault('wireType', at);
      const end = cursor.length() + cursor.pos;
      const key = keyOf(new ResourceView(pdata, cursor.pos, end));
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [bytes.subarray(at, end)]);
      else part.push(bytes.subarray(at, end));
      cursor.pos = end;
    }
    if (parts.size === 1) return new Map([...parts.keys()].map((key) => [key, pdata]));
    const header = headerOf(bytes, hierarchies[signal], 0, bytes.length);
    return new Map(
      [...parts].map(([key, part]) => [key, pdata.withBytes(Buffer.concat([header, ...part]))] as const),
    );
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}
