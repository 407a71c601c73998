import { resolve } from 'node:path';
import { visit } from 'yaml';
import type { ConfigFiles } from '../sources/config-files.js';
import type { YamlDocument } from '../yaml/parse.js';
import { unshield } from '../yaml/shield.js';
import type { FileContent } from './expand.js';
import { piecesOf } from './pieces.js';

/** Reads the files that the values of a document name, each once. */
export async function readExpansionFiles(
  document: YamlDocument,
  directory: string,
  files: ConfigFiles,
  limit: number,
): Promise<ReadonlyMap<string, FileContent>> {
  const paths = new Set<string>();
  visit(document, {
    Scalar(position, node) {
      if (position === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      for (const piece of piecesOf(unshield(node.value))) if (piece.kind === 'file') paths.add(piece.path);
    },
  });
  const read = async (path: string): Promise<readonly [string, FileContent]> => {
    const content = await files.read(resolve(directory, path), path, limit);
    return [path, 'text' in content ? { text: content.text.replace(/[\r\n]+$/, '') } : content];
  };
  return new Map(await Promise.all([...paths].map(read)));
}
