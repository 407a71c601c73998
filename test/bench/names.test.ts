import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('./main.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

async function listed(...args: string[]): Promise<string[]> {
  if (!existsSync(built)) throw new Error('the package is not built; run: npm run build');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--list', ...args]);
  return stdout.trimEnd().split('\n');
}

describe('npm run bench -- --list', () => {
  it('names the benchmarks of every kind', async () => {
    expect(await listed()).toEqual(
      expect.arrayContaining([
        'effect.getExtension(Trait)',
        'channel hop with ack, queue never empty',
        'mergePdata, 32 requests of 100',
        'splitPdata, 100 records into tens',
        'views: one attribute of 100 records',
        'filterPayload by severity, all of 100 records stay',
        'groupResources, 10 resources of 100 records into two',
        'await getToken(), never replaced',
        'reloads with one replacement',
        'grpc batch',
        'grpc batch / grpc floor',
      ]),
    );
  });

  it('names those of one kind alone', async () => {
    expect(await listed('--only', 'scale')).toEqual([
      'instances',
      'engines that start and stop',
      'replacements in each of three scopes',
      'replacements that fail',
      'reloads with one replacement',
    ]);
  });
});
