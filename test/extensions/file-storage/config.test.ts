import { describe, expect, it } from '@jest/globals';
import { FileStorageConfig } from '../../../src/extensions/file-storage/config.js';

const mistakesIn = (path: string): string[] =>
  FileStorageConfig.safeParse({ path }).error?.issues.map(
    (issue) => `${issue.path.join('.')} ${issue.message}`,
  ) ?? [];

describe('the path of file_storage', () => {
  it.each(['/var/lib/dataflow/store.db', 'store.db', './:memory:', 'C:file.db'])('may be %s', (path) => {
    expect(mistakesIn(path)).toEqual([]);
  });

  it.each([
    { path: '  ', mistake: 'path must not be empty' },
    {
      path: ':memory:',
      mistake: 'path must be a file; what is kept in memory does not outlive the process',
    },
    {
      path: 'file:store.db?mode=memory',
      mistake: 'path must be the path of a file, not a URI; write it without file:',
    },
    {
      path: 'FILE:/var/lib/store.db',
      mistake: 'path must be the path of a file, not a URI; write it without file:',
    },
    { path: 'store\0.db', mistake: 'path must not hold a NUL character' },
  ])('may not be $path', ({ path, mistake }) => {
    expect(mistakesIn(path)).toEqual([mistake]);
  });
});
