import { dirname, resolve } from 'node:path';
import type { ConfigSources } from '../config-sources.js';
import type { Diagnostics } from '../diagnostic.js';
import { variable } from '../expansion/expand.js';
import type { ConfigLimits } from '../limits.js';
import { type Problem, sourceProblems } from '../messages.js';
import type { SourceText } from '../text/source-text.js';
import type { ConfigFiles } from './config-files.js';
import { fetchText } from './fetch-text.js';
import { type SourceForm, shownUrl, sourceForm } from './form.js';
import { nestedPrefix, type Prefix } from './nested-prefix.js';
import { sizeInWords, type TextOrProblem } from './read-text.js';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly files: ConfigFiles;
  readonly limits: ConfigLimits;
}

export interface OpenedSource {
  readonly source: SourceText;
  /** The keys that stand before the YAML of `yaml:a::b::c: 1`. */
  readonly prefix: Prefix | undefined;
}

/** Gets the text that a `--config` names; `undefined` when it cannot be had, which is then reported. */
export async function openSource(
  form: string,
  sources: ConfigSources,
  diagnostics: Diagnostics,
  around: Surroundings,
): Promise<OpenedSource | undefined> {
  const parsed = sourceForm(form);
  const name = nameOf(parsed);
  const content = await contentOf(parsed, around);
  if ('problem' in content) {
    report(content.problem, name, diagnostics);
    return undefined;
  }
  const directory =
    parsed.kind === 'file' ? dirname(resolve(around.directory, parsed.path)) : around.directory;
  const source = sources.add(name, content.text.replace(/^\ufeff/, ''), directory);
  return { source, prefix: parsed.kind === 'yaml' ? nestedPrefix(source) : undefined };
}

function nameOf(form: SourceForm): string {
  switch (form.kind) {
    case 'file':
      return form.path;
    case 'env':
      return `<env:${form.name}>`;
    case 'yaml':
      return '<yaml>';
    case 'url':
      return shownUrl(form.url);
    case 'wrong':
      return form.name;
  }
}

async function contentOf(form: SourceForm, around: Surroundings): Promise<TextOrProblem> {
  const { env, directory, files, limits } = around;
  switch (form.kind) {
    case 'file':
      return files.read(resolve(directory, form.path), form.path, limits.sourceBytes);
    case 'env': {
      const text = variable(env, form.name);
      return text === undefined
        ? { problem: sourceProblems.variableNotSet(form.name) }
        : bounded(text, limits);
    }
    case 'yaml':
      return bounded(form.text, limits);
    case 'url':
      return fetchText(form.url, { bytes: limits.sourceBytes, ms: limits.fetchMs });
    case 'wrong':
      return { problem: form.problem };
  }
}

function bounded(text: string, { sourceBytes }: ConfigLimits): TextOrProblem {
  if (Buffer.byteLength(text) <= sourceBytes) return { text };
  return { problem: sourceProblems.tooLarge('the configuration', sizeInWords(sourceBytes)) };
}

function report({ code, message }: Problem, file: string, diagnostics: Diagnostics): void {
  diagnostics.add({ severity: 'error', code, message, path: [], location: { file, line: 1, column: 1 } });
}
