import { Writable } from 'node:stream';
import { jsonToProtobuf, Pdata, type Signal } from '../../../src/authoring.js';
import { ConsoleExporter, ConsoleExporterConfig } from '../../../src/exporters/console/index.js';

/** A stream that keeps each write apart. */
export class Captured extends Writable {
  readonly writes: string[] = [];

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.writes.push(chunk);
    done();
  }

  get text(): string {
    return this.writes.join('');
  }
}

export const pdata = (signal: Signal, request: unknown): Pdata =>
  new Pdata(signal, jsonToProtobuf(signal, JSON.stringify(request)));

/** Never aborts. */
export const patient = new AbortController().signal;

/** What the exporter prints of a request. */
export async function printed(data: Pdata, settings: object = {}): Promise<string> {
  const output = new Captured();
  await new ConsoleExporter(ConsoleExporterConfig.parse(settings), output).export(data, patient);
  return output.text;
}

export const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

export const resource = (service: string): object => ({ attributes: [text('service.name', service)] });
