import type { Pdata } from '../pdata.js';
import { WireType } from '../wire/wire-type.js';
import { type AttributeValue, readAttributeValue } from './attribute-value.js';
import { Attributes } from './attributes.js';
import { type MemberReader, MessageView } from './message-view.js';

const BODY: MemberReader<AttributeValue> = { field: 5, wireType: WireType.length, read: readAttributeValue };

/** A LogRecord (logs.v1). */
export class LogRecordView extends MessageView {
  /** Nanoseconds since 1970; 0 when it is not known. */
  get timeUnixNano(): bigint {
    return this.fixed64(1);
  }

  get observedTimeUnixNano(): bigint {
    return this.fixed64(11);
  }

  /** 1 (TRACE) to 24 (FATAL4); 0 when there is none. */
  get severityNumber(): number {
    return this.integer(2);
  }

  get severityText(): string {
    return this.text(3);
  }

  /** `undefined` when there is none. */
  get body(): AttributeValue | undefined {
    return this.fold(BODY);
  }

  get attributes(): Attributes {
    return new Attributes(this.pdata, [this], 6);
  }

  get eventName(): string {
    return this.text(12);
  }

  /** 32 hex digits, or `''`. */
  get traceId(): string {
    return this.hex(9);
  }

  /** 16 hex digits, or `''`. */
  get spanId(): string {
    return this.hex(10);
  }
}

export function logRecordView(pdata: Pdata, start: number, end: number): LogRecordView {
  return new LogRecordView(pdata, start, end);
}
