import type { Pdata } from '../pdata.js';
import { Attributes } from './attributes.js';
import { MessageView, messagePart } from './message-view.js';

/** Field numbers of a Span, and of its Status. */
const STATUS = 15;
const STATUS_MESSAGE = 2;
const STATUS_CODE = 3;

/** A Span (trace.v1). */
export class SpanView extends MessageView {
  /** 32 hex digits. */
  get traceId(): string {
    return this.hex(1);
  }

  /** 16 hex digits. */
  get spanId(): string {
    return this.hex(2);
  }

  /** 16 hex digits; `''` for a root span. */
  get parentSpanId(): string {
    return this.hex(4);
  }

  get name(): string {
    return this.text(5);
  }

  /** A SpanKind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 when it is not told. */
  get kind(): number {
    return this.integer(6);
  }

  /** Nanoseconds since 1970. */
  get startTimeUnixNano(): bigint {
    return this.fixed64(7);
  }

  /** Nanoseconds since 1970. */
  get endTimeUnixNano(): bigint {
    return this.fixed64(8);
  }

  get attributes(): Attributes {
    return new Attributes(this.pdata, [this], 9);
  }

  /** 0 unset, 1 ok, 2 error. */
  get statusCode(): number {
    let code = 0;
    for (const part of this.children(STATUS, messagePart)) code = part.integerOf(STATUS_CODE) ?? code;
    return code;
  }

  get statusMessage(): string {
    let message = '';
    for (const part of this.children(STATUS, messagePart)) message = part.textOf(STATUS_MESSAGE) ?? message;
    return message;
  }
}

export function spanView(pdata: Pdata, start: number, end: number): SpanView {
  return new SpanView(pdata, start, end);
}
