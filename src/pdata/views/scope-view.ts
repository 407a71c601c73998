import type { Pdata } from '../pdata.js';
import type { Signal } from '../signal.js';
import { Attributes } from './attributes.js';
import type { MakeView } from './children.js';
import { type LogRecordView, logRecordView } from './log-record-view.js';
import { MessageView, messagePart } from './message-view.js';
import { type MetricView, metricView } from './metric-view.js';
import { type SpanView, spanView } from './span-view.js';

/** Field numbers of ScopeSpans, ScopeMetrics and ScopeLogs, which agree, and of an InstrumentationScope. */
const SCOPE = 1;
const CHILDREN = 2;
const SCHEMA_URL = 3;
const NAME = 1;
const VERSION = 2;
const ATTRIBUTES = 3;

/** A ScopeSpans, ScopeMetrics or ScopeLogs: an instrumentation scope and what it recorded. */
export class ScopeView extends MessageView {
  get name(): string {
    return this.#textOfScope(NAME);
  }

  get version(): string {
    return this.#textOfScope(VERSION);
  }

  /** Those of the instrumentation scope. */
  get attributes(): Attributes {
    return new Attributes(this.pdata, [...this.children(SCOPE, messagePart)], ATTRIBUTES);
  }

  get schemaUrl(): string {
    return this.text(SCHEMA_URL);
  }

  /** How many spans, data points or log records are inside; counted on the wire. */
  get itemCount(): number {
    return this.count([1, 2]);
  }

  /** @throws TypeError when the payload is not of logs */
  logRecords(): Iterable<LogRecordView> {
    return this.#all('logs', logRecordView);
  }

  /** @throws TypeError when the payload is not of traces */
  spans(): Iterable<SpanView> {
    return this.#all('traces', spanView);
  }

  /** @throws TypeError when the payload is not of metrics */
  metrics(): Iterable<MetricView> {
    return this.#all('metrics', metricView);
  }

  #all<V>(signal: Signal, make: MakeView<V>): Iterable<V> {
    const { pdata } = this;
    if (pdata.signal !== signal) throw new TypeError(`a payload of ${pdata.signal} has no ${signal}`);
    return this.children(CHILDREN, make);
  }

  #textOfScope(field: number): string {
    let text = '';
    for (const part of this.children(SCOPE, messagePart)) text = part.textOf(field) ?? text;
    return text;
  }
}

export function scopeView(pdata: Pdata, start: number, end: number): ScopeView {
  return new ScopeView(pdata, start, end);
}
