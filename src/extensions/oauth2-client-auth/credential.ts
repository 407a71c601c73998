import { readSecretFile, Secret } from '../../authoring.js';
import type { OAuth2ClientAuthSettings } from './config.js';

type CredentialField = 'client_id' | 'client_secret' | 'client_certificate_key';

/**
 * A credential as it is now: from its file, read at each call so that a rotated one is used next time, or else
 * from the configuration.
 */
export async function readCredential(
  settings: OAuth2ClientAuthSettings,
  field: CredentialField,
): Promise<Secret> {
  const path = settings[`${field}_file`];
  if (path !== undefined) return readSecretFile(path, `${field}_file`);
  const value = settings[field];
  if (value === undefined) throw new Error(`${field} is missing: give ${field} or ${field}_file`);
  return typeof value === 'string' ? new Secret(value) : value;
}
