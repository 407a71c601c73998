import { duration, z } from '../../authoring.js';

export const FileStorageConfig = z.strictObject({
  path: z.string().trim().min(1, 'must not be empty').describe('The file; it is made when it does not exist'),
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
