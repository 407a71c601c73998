import { duration, z } from '../../authoring.js';

/** SQLite would take these for something else than a file: keep everything in memory, or read options from it. */
const filePath = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .refine(
    (path) => path !== ':memory:',
    'must be a file; what is kept in memory does not outlive the process',
  )
  .refine((path) => !/^file:/i.test(path), 'must be the path of a file, not a URI; write it without file:')
  .refine((path) => !path.includes('\0'), 'must not hold a NUL character');

export const FileStorageConfig = z.strictObject({
  path: filePath.describe('The file; it is made when it does not exist'),
  create_directory: z
    .boolean()
    .default(false)
    .describe('Whether to make the directory of the file, open to this user alone, when it does not exist'),
  fsync: z
    .boolean()
    .default(false)
    .describe(
      'Whether a write waits until the disk has it, so that it survives a loss of power and not only the end of the process',
    ),
  lock_timeout: duration({ positive: true })
    .prefault('2s')
    .describe('How long to wait for another process that is using the file'),
});

export type FileStorageSettings = z.output<typeof FileStorageConfig>;
