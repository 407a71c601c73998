import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';
import {
  checkCertificates,
  checkIdentity,
  type EffectHandler,
  type PemText,
  readRegularFile,
} from '../../authoring.js';
import type { TlsSettings } from './tls-settings.js';

/** Bundles of authorities are the longest PEM files; that of a system has a few hundred KiB. */
const LARGEST_PEM_BYTES = 4_194_304;

/** What of a TLS server can be exchanged while it runs. */
interface Reloadable {
  setSecureContext(options: SecureContextOptions): void;
}

/** The certificate, the key and the client authorities of a server, as they are in their files now. */
export class ServerTls {
  readonly #settings: TlsSettings;
  readonly #effect: EffectHandler;
  readonly #where: string;
  #current: SecureContextOptions = {};
  #seen = '';
  #firstClientCa: PemText | undefined;

  /** @param protocol the protocol's key in the configuration, for messages */
  constructor(settings: TlsSettings, effect: EffectHandler, protocol: 'grpc' | 'http') {
    this.#settings = settings;
    this.#effect = effect;
    this.#where = `protocols.${protocol}.tls`;
  }

  /** Whether a client must show a certificate (mTLS). */
  get requiresClientCertificate(): boolean {
    const { client_ca_file, client_ca_pem, include_system_ca_certs_pool } = this.#settings;
    return client_ca_file !== undefined || client_ca_pem !== undefined || include_system_ca_certs_pool;
  }

  get handshakeTimeoutMs(): number {
    return this.#settings.handshake_timeout;
  }

  /**
   * Reads the files.
   *
   * @returns the options when they differ from those read before, `undefined` when they are the same
   * @throws Error naming the field and the file that cannot be read or used
   */
  async load(): Promise<SecureContextOptions | undefined> {
    const { cert_file, cert_pem, client_ca_file, client_ca_pem, key_file, key_pem } = this.#settings;
    const cert = await this.#text('cert', cert_file, cert_pem);
    const key = await this.#text('key', key_file, key_pem?.reveal());
    let clientCa = await this.#text('client_ca', undefined, client_ca_pem);
    if (client_ca_file !== undefined) {
      this.#firstClientCa =
        this.#firstClientCa === undefined || this.#settings.watch_client_ca
          ? await this.#text('client_ca', client_ca_file, undefined)
          : this.#firstClientCa;
      clientCa = this.#firstClientCa;
    }
    const seen = JSON.stringify([cert?.text, key?.text, clientCa?.text]);
    if (seen === this.#seen) return undefined;
    if (cert !== undefined && key !== undefined) checkIdentity(cert, key);
    if (clientCa !== undefined) checkCertificates(clientCa);
    const options: SecureContextOptions = {
      ...(cert === undefined ? {} : { cert: cert.text }),
      ...(key === undefined ? {} : { key: key.text }),
      ...(this.requiresClientCertificate ? { ca: this.#authorities(clientCa?.text) } : {}),
      minVersion: 'TLSv1.2',
    };
    try {
      createSecureContext(options);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${this.#where}: the certificate and the key cannot be used: ${message}`, {
        cause: error,
      });
    }
    this.#seen = seen;
    this.#current = options;
    return options;
  }

  get options(): SecureContextOptions {
    return this.#current;
  }

  /** Looks at the files every `reload_interval` until the signal aborts. A bad file keeps what is in use. */
  async follow(server: Reloadable, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#effect;
    while (!signal.aborted) {
      try {
        await clock.sleep(this.#settings.reload_interval, signal);
      } catch {
        // The only rejection of sleep is the signal's: the server stops.
        return;
      }
      try {
        const changed = await this.load();
        if (changed === undefined) continue;
        server.setSecureContext(changed);
        logger.info('certificates reloaded', { where: this.#where });
      } catch (error) {
        logger.error('certificates not reloaded; those in use stay', { where: this.#where, error });
      }
    }
  }

  #authorities(clientCa: string | undefined): string[] {
    const system = this.#settings.include_system_ca_certs_pool ? getCACertificates('system') : [];
    return clientCa === undefined ? system : [...system, clientCa];
  }

  async #text(
    part: 'cert' | 'key' | 'client_ca',
    path: string | undefined,
    pem: string | undefined,
  ): Promise<PemText | undefined> {
    if (path === undefined) {
      return pem === undefined ? undefined : { field: `${this.#where}.${part}_pem`, path, text: pem };
    }
    const field = `${this.#where}.${part}_file`;
    try {
      return { field, path, text: (await readRegularFile(path, LARGEST_PEM_BYTES)).toString('utf8') };
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${field}: cannot read the file: ${message}`, { cause: error });
    }
  }
}
