import { Exporter, type ExporterNode } from '../../authoring.js';

/** Takes everything and keeps nothing: the end of a pipeline whose cost or wiring is what matters. */
@Exporter({
  urn: 'urn:otel:exporter:noop',
  description: 'Acknowledges everything and throws it away.',
})
export class NoopExporter implements ExporterNode {
  async export(): Promise<void> {}
}
