import { type Message, type Nack, type Pdata, protobufToJson, type Signal } from '../../../src/authoring.js';
import { samplePdata } from '../../fixtures/otlp.js';

/** A request on its way into the processor that remembers what it was told. */
export class Request implements Message {
  readonly pdata: Pdata;
  readonly outcomes: ('ack' | Nack)[] = [];

  constructor(pdata: Pdata) {
    this.pdata = pdata;
  }

  ack(): void {
    this.outcomes.push('ack');
  }

  nack(reason: Nack): void {
    this.outcomes.push(reason);
  }
}

/** A request with this many items, numbered from `first` on. */
export function request(records: number, first = 0, signal: Signal = 'logs'): Request {
  return new Request(samplePdata(signal, { records, first }));
}

/** The names of the log records inside, in order. */
export function names({ signal, bytes }: Pdata): string[] {
  // What was decoded is plain JSON; the shape is OTLP's.
  const { resourceLogs } = protobufToJson(signal, bytes) as {
    resourceLogs?: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
  };
  return (resourceLogs ?? [])
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords)
    .map(({ body }) => body.stringValue);
}

/** The names of `count` log records from `first` on. */
export const numbered = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, index) => `log-${first + index}`);
