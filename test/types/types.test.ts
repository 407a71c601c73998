import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('../tsconfig.json', import.meta.url));

describe('the types', () => {
  it('accept what is right and refuse what is wrong, as test/types says', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', project]);
    expect(stdout).toBe('');
  }, 120_000);
});
