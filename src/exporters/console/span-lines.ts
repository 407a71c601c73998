import type { Span } from './otlp-json.js';
import { printable } from './printable.js';
import { columns, type Style } from './style.js';
import { attributesText, durationText, timeText } from './values.js';

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_OK = 1;
const STATUS_ERROR = 2;

/** `time  name  kind  duration  status  attributes  trace`, and what happened in between when that is wanted. */
export function spanLines(span: Span, style: Style, detailed: boolean): string[] {
  const line = columns(
    style.faint(timeText(span.startTimeUnixNano, detailed) ?? '-'),
    printable(span.name ?? ''),
    KINDS[span.kind ?? 0] ?? `kind ${span.kind}`,
    durationText(span.startTimeUnixNano, span.endTimeUnixNano),
    status(span, style),
    style.faint(attributesText(span.attributes)),
    style.faint(`trace=${span.traceId ?? '-'}`),
  );
  if (!detailed) return [line];
  const parent = span.parentSpanId === undefined ? undefined : `parent=${span.parentSpanId}`;
  return [
    line,
    style.faint(`  ${columns(`span=${span.spanId ?? '-'}`, parent)}`),
    ...(span.events ?? []).map((event) =>
      style.faint(
        `  ${columns('event', timeText(event.timeUnixNano, true), printable(event.name ?? ''), attributesText(event.attributes))}`,
      ),
    ),
    ...(span.links ?? []).map((link) =>
      style.faint(
        `  ${columns('link', `trace=${link.traceId ?? '-'}`, `span=${link.spanId ?? '-'}`, attributesText(link.attributes))}`,
      ),
    ),
  ];
}

/** A status that was not set says nothing, so nothing is shown. */
function status(span: Span, style: Style): string | undefined {
  const message = printable(span.status?.message ?? '');
  switch (span.status?.code) {
    case STATUS_OK:
      return style.good('ok');
    case STATUS_ERROR:
      return style.bad(message === '' ? 'error' : `error: ${message}`);
    default:
      return undefined;
  }
}
