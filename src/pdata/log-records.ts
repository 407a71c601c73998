import type { Pdata } from './pdata.js';
import { WireCursor } from './wire/cursor.js';
import { explain } from './wire/explain.js';
import { WireFault } from './wire/faults.js';
import { WireType } from './wire/wire-type.js';

/** Field numbers of opentelemetry.proto.logs.v1; a request, a ResourceLogs and a ScopeLogs. */
const RESOURCE_LOGS = 1;
const SCOPE_LOGS = 2;
const LOG_RECORDS = 2;

/** Told of the messages of a request of logs, in their order on the wire: each by where its content stands. */
export interface LogRecordVisitor {
  /** A ResourceLogs begins. */
  resourceLogs(start: number, end: number): void;
  /** A ScopeLogs of it begins. */
  scopeLogs(start: number, end: number): void;
  /** A LogRecord of that. */
  logRecord(start: number, end: number): void;
}

/**
 * Walks through a request of logs without decoding it. A `WireCursor` over `pdata.bytes` reads what the visitor is
 * shown; what that finds malformed is told with its place.
 *
 * @throws MalformedPayload when the framing is broken; TypeError for another signal
 */
export function visitLogRecords(pdata: Pdata, visitor: LogRecordVisitor): void {
  const { signal, bytes } = pdata;
  if (signal !== 'logs') throw new TypeError(`visitLogRecords cannot visit ${signal}`);
  try {
    const request = new WireCursor(bytes);
    eachChild(request, RESOURCE_LOGS, (start, end) => {
      visitor.resourceLogs(start, end);
      eachChild(new WireCursor(bytes, start, end), SCOPE_LOGS, (scopeStart, scopeEnd) => {
        visitor.scopeLogs(scopeStart, scopeEnd);
        eachChild(new WireCursor(bytes, scopeStart, scopeEnd), LOG_RECORDS, (recordStart, recordEnd) =>
          visitor.logRecord(recordStart, recordEnd),
        );
      });
    });
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}

function eachChild(cursor: WireCursor, field: number, visit: (start: number, end: number) => void): void {
  while (cursor.pos < cursor.end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    if (tag >>> 3 !== field) {
      cursor.skip(tag);
      continue;
    }
    if ((tag & 7) !== WireType.length) throw new WireFault('wireType', at);
    const end = cursor.length() + cursor.pos;
    visit(cursor.pos, end);
    cursor.pos = end;
  }
}
