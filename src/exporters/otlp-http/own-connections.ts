import type { ConfigMistake } from '../../authoring.js';
import { OtlpHttpExporterConfig, type OtlpHttpExporterSettings } from './config.js';

const defaults = OtlpHttpExporterConfig.parse({ endpoint: 'http://localhost' });

const MESSAGE =
  "is for connections of the exporter's own, but an http_connection_pool is bound, which has its own settings; " +
  'configure the extension that provides it, and remove this';

/**
 * What is configured for connections of the exporter's own, which one that sends on those of a pool would not heed: a
 * client certificate or an authority that is not used must not look as if it were. Defaults go without saying.
 */
export function* ownConnectionMistakes(settings: OtlpHttpExporterSettings): Generator<ConfigMistake> {
  const { client_pool_size, http } = settings;
  if (client_pool_size !== defaults.client_pool_size) yield { path: ['client_pool_size'], message: MESSAGE };
  for (const name of ['connect_timeout', 'concurrency_limit', 'tcp_nodelay', 'tcp_keepalive'] as const) {
    if (http[name] !== defaults.http[name]) yield { path: ['http', name], message: MESSAGE };
  }
  const { insecure: _, ...trust } = http.tls ?? {};
  if (Object.values(trust).some((value) => value !== undefined && value !== false)) {
    yield { path: ['http', 'tls'], message: MESSAGE };
  }
}
