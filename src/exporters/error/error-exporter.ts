import { config, Exporter, type ExporterNode, Nack } from '../../authoring.js';
import { ErrorExporterConfig, type ErrorExporterSettings } from './config.js';

/** Refuses everything with one configured reason: what a broken backend looks like, without breaking one. */
@Exporter({
  urn: 'urn:otel:exporter:error',
  description: 'Refuses everything with a configured reason.',
  config: ErrorExporterConfig,
})
export class ErrorExporter implements ExporterNode {
  constructor(@config() private readonly settings: ErrorExporterSettings) {}

  async export(): Promise<void> {
    const { message, permanent, retry_after } = this.settings;
    if (permanent) throw Nack.permanent(message);
    throw Nack.retryable(message, retry_after === undefined ? {} : { retryAfterMs: retry_after });
  }
}
