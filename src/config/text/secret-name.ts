const SECRET_WORDS = new Set([
  'apikey',
  'assertion',
  'authorization',
  'bearer',
  'cookie',
  'cookies',
  'credential',
  'credentials',
  'dsn',
  'headers',
  'jwt',
  'key',
  'keys',
  'metadata',
  'pass',
  'passphrase',
  'passwd',
  'password',
  'passwords',
  'pwd',
  'sas',
  'secret',
  'secrets',
  'token',
  'tokens',
]);

/** Last words of names that speak about a secret without holding one: `token_url`, `key_file`. */
const ABOUT_A_SECRET = new Set([
  'algorithm',
  'auth',
  'authorizer',
  'buffer',
  'count',
  'endpoint',
  'entries',
  'expiry',
  'file',
  'files',
  'format',
  'id',
  'ids',
  'interval',
  'lifetime',
  'limit',
  'margin',
  'method',
  'name',
  'names',
  'path',
  'provider',
  'scheme',
  'size',
  'timeout',
  'ttl',
  'type',
  'uri',
  'url',
]);

/**
 * Whether a field of this name is taken to hold a secret, so that its value is masked wherever the text of a
 * configuration is shown. Errs on the side of hiding.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.join('').endsWith('connectionstring')) return true;
  if (ABOUT_A_SECRET.has(words.at(-1) ?? '')) return false;
  return words.some((word) => SECRET_WORDS.has(word));
}
