import { type ConnectionOptions, getCACertificates } from 'node:tls';
import { z } from 'zod';
import { Secret } from '../traits/secret.js';
import { connectionReason } from './connection-reason.js';
import { checkCertificates, checkIdentity, type PemText } from './pem.js';
import { readRegularFile } from './regular-file.js';

/** Bundles of authorities are the longest PEM files; that of a system has a few hundred KiB. */
const LARGEST_PEM_BYTES = 4_194_304;

const path = () => z.string().min(1, 'must not be empty');

/** How a client trusts its server and shows who it is. */
export function clientTls() {
  return z
    .strictObject({
      ca_file: path()
        .optional()
        .describe(
          'PEM file with the authorities that may have signed the server; read for every new connection, as the other files.',
        ),
      ca_pem: path().optional().describe('The same as PEM text.'),
      include_system_ca_certs_pool: z
        .boolean()
        .optional()
        .describe(
          "Whether to trust the system's authorities too; without ca_file and ca_pem they always are.",
        ),
      cert_file: path().optional().describe('PEM file with the client certificate, for mutual TLS.'),
      cert_pem: path().optional().describe('The same as PEM text.'),
      key_file: path().optional().describe('PEM file with the key of the client certificate.'),
      key_pem: path()
        .meta({ title: 'secret', writeOnly: true })
        .transform((pem) => new Secret(pem))
        .optional()
        .describe('The same as PEM text.'),
      insecure: z.boolean().default(false).describe('Whether to send without TLS at all.'),
      insecure_skip_verify: z
        .boolean()
        .default(false)
        .describe('Whether to take any certificate. Encrypts, but to whom is not known.'),
      server_name_override: path()
        .optional()
        .describe('The name to ask for (SNI) and to expect in the certificate, when it is not the host.'),
    })
    .superRefine((tls, ctx) => {
      const issue = (field: string, message: string): void =>
        ctx.addIssue({ code: 'custom', message, path: [field] });
      for (const part of ['ca', 'cert', 'key'] as const) {
        if (tls[`${part}_file`] !== undefined && tls[`${part}_pem`] !== undefined) {
          issue(`${part}_pem`, `stands beside ${part}_file; give one of the two`);
        }
      }
      const cert = tls.cert_file ?? tls.cert_pem;
      const key = tls.key_file ?? tls.key_pem;
      if (cert !== undefined && key === undefined)
        issue('cert_file', 'needs its key; add key_file or key_pem');
      if (key !== undefined && cert === undefined)
        issue('key_file', 'needs its certificate; add cert_file or cert_pem');
      if (tls.include_system_ca_certs_pool === false && (tls.ca_file ?? tls.ca_pem) === undefined) {
        issue('include_system_ca_certs_pool', 'leaves no authority to trust; add ca_file or ca_pem');
      }
    });
}

export type ClientTls = z.output<ReturnType<typeof clientTls>>;

/** What `node:tls` takes to connect. */
export type ClientTlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
>;

/**
 * Reads the files, so that every new connection shows the certificates that are there now. What is given and cannot be
 * used is an error: a connection with other trust, or without the client certificate, is not what was asked for.
 *
 * @throws Error naming the field, as `tls.ca_file`, and the file that cannot be read or holds no certificate or key
 */
export async function loadClientTls(tls: ClientTls | undefined): Promise<ClientTlsOptions> {
  if (tls === undefined) return {};
  const [ca, cert, key] = await Promise.all([
    read('ca', tls.ca_file, tls.ca_pem),
    read('cert', tls.cert_file, tls.cert_pem),
    read('key', tls.key_file, tls.key_pem?.reveal()),
  ]);
  if (ca !== undefined) checkCertificates(ca);
  if (cert !== undefined && key !== undefined) checkIdentity(cert, key);
  return {
    ...(ca === undefined
      ? {}
      : { ca: tls.include_system_ca_certs_pool === true ? [...systemCa(), ca.text] : ca.text }),
    ...(cert === undefined ? {} : { cert: cert.text }),
    ...(key === undefined ? {} : { key: key.text }),
    ...(tls.server_name_override === undefined ? {} : { servername: tls.server_name_override }),
    rejectUnauthorized: !tls.insecure_skip_verify,
  };
}

function systemCa(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

async function read(
  part: 'ca' | 'cert' | 'key',
  path: string | undefined,
  pem: string | undefined,
): Promise<PemText | undefined> {
  if (path === undefined)
    return pem === undefined ? undefined : { field: `tls.${part}_pem`, path, text: pem };
  const field = `tls.${part}_file`;
  try {
    return { field, path, text: (await readRegularFile(path, LARGEST_PEM_BYTES)).toString('utf8') };
  } catch (cause) {
    throw new Error(`${field}: cannot read the file: ${connectionReason(cause)}`, { cause });
  }
}
