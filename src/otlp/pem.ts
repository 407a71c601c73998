import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** The text of a setting that is PEM, with where it came from. */
export interface PemText {
  /** The setting, for messages, such as `tls.ca_file`. */
  readonly field: string;
  /** The file that the setting names; `undefined` when it holds the text itself. */
  readonly path: string | undefined;
  readonly text: string;
}

/** Labels that OpenSSL takes for a certificate. */
const BEGINNING = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const CERTIFICATE =
  /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----(?:(?!-----BEGIN )[\s\S])*?-----END \1-----/g;

/**
 * Sees to it that a text holds certificates, and no damaged one. The platform takes a text without any, such as an
 * empty file, for no setting at all, and reads a bundle up to the first that is damaged.
 *
 * @returns the first
 * @throws Error naming the field and the file
 */
export function checkCertificates({ field, path, text }: PemText): X509Certificate {
  const where = path === undefined ? `${field}:` : `${field}: ${path}`;
  const begun = text.match(BEGINNING)?.length ?? 0;
  if (begun === 0) {
    throw new Error(`${where} holds no certificate${isBlank(text)}; it must be PEM with at least one`);
  }
  const whole = text.match(CERTIFICATE) ?? [];
  if (whole.length < begun) throw new Error(`${where} holds a certificate that is cut off`);
  let first: X509Certificate | undefined;
  for (const [index, one] of whole.entries()) {
    try {
      const certificate = new X509Certificate(one);
      first ??= certificate;
    } catch (cause) {
      throw new Error(`${where} holds a damaged certificate: number ${index + 1} of ${begun}`, { cause });
    }
  }
  return first as X509Certificate;
}

/**
 * Sees to it that a text holds a private key that is not encrypted.
 *
 * @throws Error naming the field and the file; it has no cause, which might quote the key
 */
function checkPrivateKey({ field, path, text }: PemText): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    const where = path === undefined ? `${field}:` : `${field}: ${path}`;
    throw new Error(
      `${where} holds no private key${isBlank(text)}; it must be PEM with one that is not encrypted`,
    );
  }
}

/**
 * Sees to it that a certificate and its key are what they should be and belong together.
 *
 * @throws Error naming the field and the file that is wrong
 */
export function checkIdentity(cert: PemText, key: PemText): void {
  const certificate = checkCertificates(cert);
  const secret = checkPrivateKey(key);
  if (certificate.checkPrivateKey(secret)) return;
  throw new Error(
    `${key.field}: ${key.path === undefined ? 'it' : key.path} is not the key of the certificate in ` +
      `${cert.path ?? cert.field}`,
  );
}

function isBlank(text: string): string {
  return text.trim() === '' ? ', it is empty' : '';
}
