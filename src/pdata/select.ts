import type { Pdata } from './pdata.js';
import { hierarchies } from './schema/hierarchy.js';
import { explain } from './wire/explain.js';
import { type Choice, select } from './wire/selection.js';

/**
 * A request without some of its items. What stays keeps its order, and its resource, scope and metric, unknown fields
 * included; a container that is left without items goes too. One that came without any, such as a metric of a kind that
 * this schema does not know, stays. Works on the wire: nothing is decoded.
 *
 * @param keep whether to keep the item of this number; asked once for each, in their order on the wire, from 0 on
 * @returns the request as it is when everything stays; `undefined` when nothing does
 * @throws MalformedPayload when the framing around the items is broken
 */
export function selectItems(pdata: Pdata, keep: (item: number) => boolean): Pdata | undefined {
  let items = 0;
  return selected(pdata, {
    enters: () => true,
    keeps: () => {
      items += 1;
      return keep(items - 1);
    },
  });
}

/** What a choice leaves of a request; see `selectItems`. */
export function selected(pdata: Pdata, choice: Choice): Pdata | undefined {
  try {
    const { bytes, items, whole } = select(pdata.bytes, hierarchies[pdata.signal], choice);
    if (bytes === undefined) return undefined;
    return whole ? pdata : pdata.withBytes(bytes, items);
  } catch (error) {
    throw explain(pdata.signal, pdata.bytes, error);
  }
}
