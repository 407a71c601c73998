import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, as files and as text. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test's own, made with the `openssl` command. */
export class TestAuthority implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'otlp-receiver-tls-'));
  readonly #self: Issued;

  constructor() {
    this.#self = this.#files('authority');
    const request = ['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=test authority', ...EC];
    openssl([...request, '-keyout', this.#self.keyFile, '-out', this.#self.certFile]);
  }

  get certFile(): string {
    return this.#self.certFile;
  }

  get cert(): string {
    return readFileSync(this.certFile, 'utf8');
  }

  /** Issues a certificate for `localhost` and `127.0.0.1`. Issuing a name again replaces its files. */
  issue(name: string): Issued {
    const { certFile, keyFile } = this.#files(name);
    const request = join(this.folder, `${name}.csr`);
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    openssl(['req', '-nodes', ...EC, ...subject, '-keyout', keyFile, '-out', request]);
    const authority = ['-CA', this.#self.certFile, '-CAkey', this.#self.keyFile, '-CAcreateserial'];
    openssl([
      'x509',
      '-req',
      '-in',
      request,
      ...authority,
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      certFile,
    ]);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  #files(name: string): Issued {
    return {
      certFile: join(this.folder, `${name}.crt`),
      keyFile: join(this.folder, `${name}.key`),
      cert: '',
      key: '',
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
