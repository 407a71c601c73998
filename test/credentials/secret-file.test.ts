import { execFileSync } from 'node:child_process';
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readSecretFile } from '../../src/authoring.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secret-file-'));
});

async function fileWith(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('readSecretFile', () => {
  it('gives the content without the white space around it', async () => {
    const path = await fileWith('good', '  s3cret\n');
    expect((await readSecretFile(path, 'client_secret_file')).reveal()).toBe('s3cret');
  });

  it('says which field names a file that is not there', async () => {
    const path = join(folder, 'absent');
    await expect(readSecretFile(path, 'client_secret_file')).rejects.toThrow(
      `client_secret_file: cannot read the file ${path} (ENOENT); check that it exists and that this process may read it`,
    );
  });

  it('refuses an empty file', async () => {
    const path = await fileWith('empty', ' \n');
    await expect(readSecretFile(path, 'token_file')).rejects.toThrow(
      `token_file: the file ${path} is empty; write the credential into it`,
    );
  });

  it('refuses a file that is too large to be a credential, without reading all of it', async () => {
    const path = await fileWith('large', Buffer.alloc(1_000_000, 'a'));
    await expect(readSecretFile(path, 'token_file')).rejects.toThrow('larger than 64 KiB');
  });

  it('refuses a folder', async () => {
    await expect(readSecretFile(folder, 'token_file')).rejects.toThrow(
      `token_file: cannot read ${folder}: it is a directory, not a regular file; name a file that holds the credential`,
    );
  });

  it('refuses a named pipe at once, and does not wait for a writer', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(readSecretFile(path, 'token_file')).rejects.toThrow(
      `token_file: cannot read ${path}: it is a named pipe, not a regular file`,
    );
  });

  it('refuses a device, also through a link', async () => {
    const path = join(folder, 'endless');
    await symlink('/dev/zero', path);
    await expect(readSecretFile(path, 'token_file')).rejects.toThrow('it is a device, not a regular file');
  });
});
