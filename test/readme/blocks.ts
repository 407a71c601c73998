import { readFile } from 'node:fs/promises';

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** Such as `ts`, `yaml`, `sh`, `text`. */
  readonly language: string;
  /** What the block is called in the reader's project: ```ts file=NAME. */
  readonly file: string | undefined;
  readonly text: string;
}

export async function codeBlocks(file: URL): Promise<readonly CodeBlock[]> {
  const markdown = await readFile(file, 'utf8');
  return [...markdown.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```$/gms)].map(
    ([, language, name, text]) => ({
      language: language as string,
      file: name,
      text: text as string,
    }),
  );
}
