import { FileTooLarge, NotRegularFile, readRegularFile } from '../otlp/regular-file.js';
import { Secret } from '../traits/secret.js';

/** No credential is longer; a path that names something else by mistake is not read into memory. */
const LARGEST_FILE_BYTES = 65_536;

/**
 * Reads a credential from a file, without the white space around it.
 *
 * @param path the file
 * @param field the configuration field that names it, for the message
 * @throws Error saying which field and file, what is wrong and what to do; never anything of the content
 */
export async function readSecretFile(path: string, field: string): Promise<Secret> {
  const text = (await readLimited(path, field)).trim();
  if (text === '') {
    throw new Error(`${field}: the file ${path} is empty; write the credential into it`);
  }
  return new Secret(text);
}

async function readLimited(path: string, field: string): Promise<string> {
  try {
    return (await readRegularFile(path, LARGEST_FILE_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof FileTooLarge) {
      throw new Error(`${field}: the file ${path} is larger than 64 KiB; it does not hold a credential`);
    }
    if (error instanceof NotRegularFile) {
      throw new Error(
        `${field}: cannot read ${path}: ${error.message}; name a file that holds the credential`,
      );
    }
    throw new Error(
      `${field}: cannot read the file ${path} (${codeOf(error)}); ` +
        'check that it exists and that this process may read it',
    );
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
