import { OtlpHttpExporterConfig, type OtlpHttpExporterSettings } from './config.js';

const defaults = OtlpHttpExporterConfig.parse({ endpoint: 'http://localhost' });

/**
 * Checks, for an exporter that sends on the connections of a pool, that nothing is configured that is for connections
 * of its own: it would not be heeded, and a client certificate or an authority that is not used must not look as if.
 *
 * @throws Error naming the fields
 */
export function refuseOwnConnections({ client_pool_size, http }: OtlpHttpExporterSettings): void {
  const fields: string[] = [];
  if (client_pool_size !== defaults.client_pool_size) fields.push('client_pool_size');
  for (const name of ['connect_timeout', 'concurrency_limit', 'tcp_nodelay', 'tcp_keepalive'] as const) {
    if (http[name] !== defaults.http[name]) fields.push(`http.${name}`);
  }
  const { insecure: _, ...trust } = http.tls ?? {};
  if (Object.values(trust).some((value) => value !== undefined && value !== false)) fields.push('http.tls');
  if (fields.length === 0) return;
  throw new Error(
    `${fields.join(', ')}: for connections of the exporter's own, but it is bound to a http_connection_pool; ` +
      'configure the extension that provides the pool, and remove them here',
  );
}
