import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { clientTls } from '../../src/authoring.js';
import { loadClientTls } from '../../src/otlp/client-tls.js';
import { type Certificates, makeCertificates } from '../exporters/fixtures/certificates.js';

let certificates: Certificates;
let ca: string;
let cert: string;
let key: string;

beforeAll(() => {
  certificates = makeCertificates();
  ca = readFileSync(certificates.ca, 'utf8');
  cert = readFileSync(certificates.clientCert, 'utf8');
  key = readFileSync(certificates.clientKey, 'utf8');
});

afterAll(() => certificates.remove());

function file(name: string, content: string): string {
  const path = join(dirname(certificates.ca), name);
  writeFileSync(path, content);
  return path;
}

const load = (tls: z.input<ReturnType<typeof clientTls>>) => loadClientTls(clientTls().parse(tls));

/** Why it cannot be loaded. */
const failure = (tls: Parameters<typeof load>[0]): Promise<string> =>
  load(tls).then(
    () => 'loaded',
    (error: Error) => error.message,
  );

describe('the authorities of a client', () => {
  it('are those of the file or the text, with the text around them', async () => {
    const bundle = `the first\r\n${ca.replaceAll('\n', '\r\n')}\r\nthe second\n${cert}`;
    expect(await load({ ca_file: file('bundle.pem', bundle) })).toEqual({
      ca: bundle,
      rejectUnauthorized: true,
    });
    expect(await load({ ca_pem: ca })).toEqual({ ca, rejectUnauthorized: true });
  });

  it('are never those of the system because a file has none', async () => {
    const path = file('empty.pem', '');
    const says = `tls.ca_file: ${path} holds no certificate, it is empty; it must be PEM with at least one`;
    expect(await failure({ ca_file: path })).toBe(says);
    expect(await failure({ ca_file: path, insecure_skip_verify: true })).toBe(says);
    expect(await failure({ ca_file: path, include_system_ca_certs_pool: true })).toBe(says);
    writeFileSync(path, ' \n');
    expect(await failure({ ca_file: path })).toBe(says);
  });

  it('are certificates, which no other text is', async () => {
    const path = file('garbage.pem', 'garbage');
    const says = 'holds no certificate; it must be PEM with at least one';
    expect(await failure({ ca_file: path })).toBe(`tls.ca_file: ${path} ${says}`);
    expect(await failure({ ca_file: certificates.clientKey })).toBe(
      `tls.ca_file: ${certificates.clientKey} ${says}`,
    );
    expect(await failure({ ca_pem: 'garbage' })).toBe(`tls.ca_pem: ${says}`);
  });

  it('are all of the bundle, none of which is cut off or damaged', async () => {
    const cut = file('cut.pem', `${ca}${cert.slice(0, cert.length / 2)}`);
    expect(await failure({ ca_file: cut })).toBe(`tls.ca_file: ${cut} holds a certificate that is cut off`);
    const inside = file('inside.pem', `${cert.slice(0, cert.length / 2)}\n${ca}`);
    expect(await failure({ ca_file: inside })).toBe(
      `tls.ca_file: ${inside} holds a certificate that is cut off`,
    );
    const damaged = file('damaged.pem', `${ca}${cert.replace('MII', 'AAA').replace('MIH', 'AAA')}`);
    expect(await failure({ ca_file: damaged })).toBe(
      `tls.ca_file: ${damaged} holds a damaged certificate: number 2 of 2`,
    );
  });
});

describe('the client certificate', () => {
  it('is never left out because its file, or that of its key, has none', async () => {
    const empty = file('none.pem', '');
    expect(await failure({ cert_file: empty, key_file: empty })).toBe(
      `tls.cert_file: ${empty} holds no certificate, it is empty; it must be PEM with at least one`,
    );
    expect(await failure({ cert_file: certificates.clientCert, key_file: empty })).toBe(
      `tls.key_file: ${empty} holds no private key, it is empty; it must be PEM with one that is not encrypted`,
    );
  });

  it('has a private key in PEM, of which no error says a word', async () => {
    const damaged = key.replace(/^(.*\n)..../, '$1AAAA');
    const path = file('damaged.key', damaged);
    const says = 'holds no private key; it must be PEM with one that is not encrypted';
    expect(await failure({ cert_pem: cert, key_file: path })).toBe(`tls.key_file: ${path} ${says}`);
    expect(await failure({ cert_pem: cert, key_pem: damaged })).toBe(`tls.key_pem: ${says}`);
    await expect(load({ cert_pem: cert, key_file: path })).rejects.not.toHaveProperty('cause');
  });

  it('belongs to its key', async () => {
    const { clientCert, serverKey } = certificates;
    expect(await failure({ cert_file: clientCert, key_file: serverKey })).toBe(
      `tls.key_file: ${serverKey} is not the key of the certificate in ${clientCert}`,
    );
    expect(await failure({ cert_pem: cert, key_pem: readFileSync(serverKey, 'utf8') })).toBe(
      'tls.key_pem: it is not the key of the certificate in tls.cert_pem',
    );
    expect(await load({ cert_pem: cert, key_pem: key })).toEqual({ cert, key, rejectUnauthorized: true });
    const both = file('both.pem', `${key}${cert}`);
    expect(await load({ cert_file: both, key_file: both })).toMatchObject({ cert: `${key}${cert}` });
  });
});
