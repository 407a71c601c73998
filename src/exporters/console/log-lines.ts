import type { LogRecord } from './otlp-json.js';
import { printable } from './printable.js';
import { columns, type Style } from './style.js';
import { attributesText, timeText, valueText } from './values.js';

/** The names of the severity numbers 1 to 24, four of each (OpenTelemetry logs data model). */
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** `time  severity  body  attributes  trace` */
export function logLines(record: LogRecord, style: Style, detailed: boolean): string[] {
  const { body, eventName, traceId, spanId } = record;
  const line = columns(
    style.faint(timeText(record.timeUnixNano ?? record.observedTimeUnixNano, detailed) ?? '-'),
    severity(record, style),
    eventName === undefined ? undefined : `[${printable(eventName)}]`,
    body === undefined ? undefined : valueText(body),
    style.faint(attributesText(record.attributes)),
    traceId === undefined ? undefined : style.faint(`trace=${traceId}`),
    spanId === undefined ? undefined : style.faint(`span=${spanId}`),
  );
  const observed = timeText(record.observedTimeUnixNano, true);
  return detailed && observed !== undefined ? [line, style.faint(`  observed ${observed}`)] : [line];
}

function severity({ severityNumber = 0, severityText }: LogRecord, style: Style): string {
  const name = SEVERITIES[Math.floor((severityNumber - 1) / 4)] ?? '';
  const text = printable(severityText ?? name).padEnd(5);
  if (severityNumber >= 17) return style.bad(text);
  if (severityNumber >= 13) return style.warning(text);
  return severityNumber >= 9 ? style.good(text) : style.faint(text);
}
