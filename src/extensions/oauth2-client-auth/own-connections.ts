import { parseDuration } from '../../authoring.js';
import { DEFAULT_CONNECT_TIMEOUT, type OAuth2ClientAuthSettings } from './config.js';

/**
 * Checks, for an instance that sends on the connections of a pool, that nothing is configured that is for connections
 * of its own. `tls.insecure` is not: it allows plain http.
 *
 * @throws Error naming the fields
 */
export function refuseOwnConnections({ connect_timeout, tls }: OAuth2ClientAuthSettings): void {
  const fields: string[] = [];
  if (connect_timeout !== parseDuration(DEFAULT_CONNECT_TIMEOUT)) fields.push('connect_timeout');
  const { insecure: _, ...trust } = tls ?? {};
  if (Object.values(trust).some((value) => value !== undefined && value !== false)) fields.push('tls');
  if (fields.length === 0) return;
  throw new Error(
    `${fields.join(', ')}: for connections of its own, but it is bound to a http_connection_pool; ` +
      'configure the extension that provides the pool, and remove them here',
  );
}
