import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientTls } from '../../src/authoring.js';
import { loadClientTls } from '../../src/otlp/client-tls.js';
import { FileTooLarge, readRegularFile } from '../../src/otlp/regular-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regular-file-'));
  path = join(folder, 'file');
});
afterEach(() => rm(folder, { recursive: true }));

describe('readRegularFile', () => {
  it('reads all of a file that is as long as the limit', async () => {
    const content = Buffer.alloc(200_000, 'abc');
    await writeFile(path, content);
    expect((await readRegularFile(path, 200_000)).equals(content)).toBe(true);
  });

  it('refuses a file that is one byte longer', async () => {
    await writeFile(path, Buffer.alloc(200_001));
    await expect(readRegularFile(path, 200_000)).rejects.toThrow(FileTooLarge);
  });

  it('passes on what the system says', async () => {
    await expect(readRegularFile(path, 10)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps TLS files from waiting on a named pipe', async () => {
    execFileSync('mkfifo', [path]);
    await expect(loadClientTls(clientTls().parse({ ca_file: path }))).rejects.toThrow(
      'tls.ca_file: cannot read the file: it is a named pipe, not a regular file',
    );
  });
});
