import { type ConfigMistake, parseDuration } from '../../authoring.js';
import { DEFAULT_CONNECT_TIMEOUT, type OAuth2ClientAuthSettings } from './config.js';

const MESSAGE =
  'is for connections of its own, but an http_connection_pool is bound, which has its own settings; ' +
  'configure the extension that provides it, and remove this';

/**
 * What is configured for connections of its own, which an instance that sends on those of a pool would not heed.
 * `tls.insecure` is none of it: it allows plain http.
 */
export function* ownConnectionMistakes(settings: OAuth2ClientAuthSettings): Generator<ConfigMistake> {
  const { connect_timeout, tls } = settings;
  if (connect_timeout !== parseDuration(DEFAULT_CONNECT_TIMEOUT)) {
    yield { path: ['connect_timeout'], message: MESSAGE };
  }
  const { insecure: _, ...trust } = tls ?? {};
  if (Object.values(trust).some((value) => value !== undefined && value !== false)) {
    yield { path: ['tls'], message: MESSAGE };
  }
}
