import type { z } from 'zod';
import type { Diagnostics } from '../diagnostic.js';
import type { ConfigPath, ValueOrigin } from '../location.js';
import { componentProblems, type Problem, quotedField } from '../messages.js';
import { suggest } from '../suggest.js';
import { NO_FORM } from './issue-words.js';
import { fieldsAt, type JsonSchema } from './json-schema.js';
import { adviseOnUnion } from './union-issue.js';
import { valueAt } from './value-at.js';
import { configPath } from './with-texts.js';

type Issue = z.core.$ZodIssue;

/** Turns the complaints of a schema about one `config` into diagnostics. */
export class IssueReporter {
  readonly #value: unknown;
  readonly #base: ConfigPath;
  readonly #schema: JsonSchema;
  readonly #diagnostics: Diagnostics;

  constructor(value: unknown, base: ConfigPath, schema: JsonSchema, diagnostics: Diagnostics) {
    this.#value = value;
    this.#base = base;
    this.#schema = schema;
    this.#diagnostics = diagnostics;
  }

  report(issues: readonly Issue[]): void {
    const all = issues.flatMap((issue) => this.#settle(issue));
    // A field that is only misspelt is not missing too.
    const meant = new Set<string>();
    for (const issue of all) {
      if (issue.code !== 'unrecognized_keys') continue;
      for (const key of issue.keys) {
        const near = this.#unknownField(configPath(issue.path), key);
        if (near !== undefined) meant.add(JSON.stringify([...configPath(issue.path), near]));
      }
    }
    for (const issue of all) {
      if (issue.code === 'unrecognized_keys') continue;
      const path = configPath(issue.path);
      if (!meant.has(JSON.stringify(path))) this.#reportOne(issue, path);
    }
  }

  /** Replaces a complaint about several forms by what is best said about it. */
  #settle(issue: Issue): readonly Issue[] {
    if (issue.code !== 'invalid_union' || issue.message !== NO_FORM) return [issue];
    const advice = adviseOnUnion(issue, valueAt(this.#value, issue.path));
    if (advice.kind === 'issues') return advice.issues.flatMap((inner) => this.#settle(inner));
    return [{ ...issue, message: advice.words }];
  }

  #unknownField(path: ConfigPath, key: string): string | undefined {
    const known = fieldsAt(this.#schema, path);
    const present = valueAt(this.#value, path);
    const free = known.filter((name) => valueAt(present, [name]) === undefined);
    const near = suggest(key, free) ?? suggest(key, known);
    const bare = this.#diagnostics.sources.origin?.([...this.#base, ...path, key])?.bare === true;
    const problem = componentProblems.unknown(bare ? undefined : key, whereOf(path), near, known);
    this.#error(problem, [...path, key], 'key');
    return near;
  }

  #reportOne(issue: Issue, path: ConfigPath): void {
    const origin = this.#originOf(path);
    // What is below a failed value, or was said about the whole of an incomplete one, follows from that.
    if (origin?.failed === true || (issue.code === 'custom' && origin?.incomplete === true)) return;
    const last = path.at(-1);
    if (issue.code === 'invalid_key') {
      const words = issue.issues[0]?.message ?? issue.message;
      this.#error(componentProblems.invalidKey(String(last), words), path, 'key');
      return;
    }
    const absent = path.length > 0 && valueAt(this.#value, path) === undefined;
    if (absent && typeof last === 'string' && issue.code !== 'custom') {
      this.#error(componentProblems.missing(last, whereOf(path.slice(0, -1))), path, 'key');
      return;
    }
    const part = absent || path.length === 0 ? 'key' : 'value';
    this.#error(componentProblems.invalid(nameOf(path), issue.message), path, part);
  }

  /** How a value came about; of a value that is not there, how the map came about in which it is missing. */
  #originOf(path: ConfigPath): ValueOrigin | undefined {
    const origin = this.#diagnostics.sources.origin?.([...this.#base, ...path]);
    return origin === undefined && path.length > 0 ? this.#originOf(path.slice(0, -1)) : origin;
  }

  #error({ code, message }: Problem, path: ConfigPath, part: 'key' | 'value'): void {
    this.#diagnostics.error(code, [...this.#base, ...path], message, part);
  }
}

const whereOf = (path: ConfigPath): string => quotedField(nameOf(path), 'this map');

/** The last name of a path with the indexes after it: `audiences[0]`. */
function nameOf(path: ConfigPath): string {
  const name = path.findLastIndex((part) => typeof part === 'string');
  const indexes = path.slice(name + 1).map((part) => `[${part}]`);
  return `${name === -1 ? 'config' : path[name]}${indexes.join('')}`;
}
