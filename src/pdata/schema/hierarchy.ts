import type { Signal } from '../signal.js';
import type { MessageType } from './message-type.js';
import { items, requests } from './schema.js';

/**
 * A message on the way from a request to its items: request, resource, scope and, for metrics, metric and data.
 * `children[fieldNumber]` tells what a field holds: a further container, an item, or undefined: everything else is
 * the container's header.
 */
export interface Container {
  readonly type: MessageType;
  readonly children: readonly (Child | undefined)[];
}

export interface Child {
  /** undefined: the child is an item. */
  readonly container: Container | undefined;
}

/** The container that is the whole request, by signal. */
export const hierarchies: Readonly<Record<Signal, Container>> = {
  traces: containerOf(requests.traces),
  metrics: containerOf(requests.metrics),
  logs: containerOf(requests.logs),
};

function containerOf(type: MessageType): Container {
  const children: (Child | undefined)[] = [];
  for (const { number, message } of type.fields) {
    if (message === undefined || !leadsToItems(message, new Set())) continue;
    children[number] = { container: items.has(message) ? undefined : containerOf(message) };
  }
  return { type, children };
}

function leadsToItems(type: MessageType, seen: Set<MessageType>): boolean {
  if (items.has(type)) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fields.some(({ message }) => message !== undefined && leadsToItems(message, seen));
}
