import { duration, secret, z } from '../../authoring.js';

/** `tls` of a listening protocol. Each PEM is a file or inline text; a file wins. */
export const TlsSettings = z
  .strictObject({
    cert_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file with the certificate chain; it or cert_pem is required, and it wins'),
    cert_pem: z.string().min(1).optional().describe('The certificate chain itself, as PEM'),
    key_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file with the private key; it or key_pem is required, and it wins'),
    key_pem: secret().optional().describe('The private key itself, as PEM'),
    client_ca_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'PEM file with the authorities of client certificates; with it a client must show one (mTLS)',
      ),
    client_ca_pem: z.string().min(1).optional().describe('The authorities themselves, as PEM'),
    include_system_ca_certs_pool: z
      .boolean()
      .default(false)
      .describe(
        'Whether client certificates of the system authorities are admitted too; makes them required',
      ),
    watch_client_ca: z
      .boolean()
      .default(true)
      .describe('Whether a change of client_ca_file is followed, as that of the certificate and the key is'),
    reload_interval: duration({ positive: true })
      .prefault('5m')
      .describe(
        'How often the files are looked at; new connections get what is new, and a bad file changes nothing',
      ),
    handshake_timeout: duration({ positive: true })
      .prefault('10s')
      .describe('How long a client may take to complete the handshake'),
  })
  .refine((tls) => tls.cert_file !== undefined || tls.cert_pem !== undefined, {
    path: ['cert_file'],
    message: 'is missing; a TLS server needs cert_file or cert_pem',
  })
  .refine((tls) => tls.key_file !== undefined || tls.key_pem !== undefined, {
    path: ['key_file'],
    message: 'is missing; a TLS server needs key_file or key_pem',
  })
  // The same rules for editors.
  .meta({
    allOf: [
      { anyOf: [{ required: ['cert_file'] }, { required: ['cert_pem'] }] },
      { anyOf: [{ required: ['key_file'] }, { required: ['key_pem'] }] },
    ],
  });

export type TlsSettings = z.output<typeof TlsSettings>;
