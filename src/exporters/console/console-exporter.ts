import type { Writable } from 'node:stream';
import { config, Exporter, type ExporterNode, type Pdata, protobufToJson } from '../../authoring.js';
import { ConsoleExporterConfig, type ConsoleExporterSettings } from './config.js';
import { prettyLines } from './pretty.js';
import { printableJson } from './printable.js';
import { type Style, styleOf } from './style.js';
import { TextWriter } from './text-writer.js';

/** Prints what arrives on standard output: for people to read, or as OTLP/JSON for programs. */
@Exporter({
  urn: 'urn:otel:exporter:console',
  description: 'Prints telemetry on standard output.',
  config: ConsoleExporterConfig,
})
export class ConsoleExporter implements ExporterNode {
  readonly #output: TextWriter;
  readonly #style: Style;

  /** @param output where to print instead of standard output */
  constructor(
    @config() private readonly settings: ConsoleExporterSettings,
    output: Writable = process.stdout,
  ) {
    this.#output = new TextWriter(output);
    const isTerminal = 'isTTY' in output && output.isTTY === true;
    const color = settings.color ?? (isTerminal && !process.env['NO_COLOR']);
    this.#style = styleOf({ color, unicode: settings.unicode });
  }

  async export(pdata: Pdata, signal: AbortSignal): Promise<void> {
    const lines =
      this.settings.format === 'json'
        ? [printableJson(protobufToJson(pdata.signal, pdata.bytes))]
        : prettyLines(pdata, this.settings, this.#style);
    await this.#output.write(`${lines.join('\n')}\n`, signal);
  }

  async shutdown(): Promise<void> {
    this.#output.close();
  }
}
