import type { z } from 'zod';
import type { ConfigPath, SourceMap } from '../location.js';
import { withValueAt } from './value-at.js';

type Issue = z.core.$ZodIssue;

/**
 * A value without quotes that came out of `${...}` is read like any other YAML, so a password of digits becomes
 * a number. Where the schema wants a string, it gets the text instead.
 *
 * @returns the value with those texts put in; `undefined` when there are none
 */
export function withTexts(
  value: unknown,
  issues: readonly Issue[],
  path: ConfigPath,
  sources: SourceMap,
): unknown {
  let changed = value;
  let any = false;
  for (const place of stringsWanted(issues, [])) {
    const text = sources.origin?.([...path, ...place])?.text;
    if (text === undefined) continue;
    changed = withValueAt(changed, place, text);
    any = true;
  }
  return any ? changed : undefined;
}

/** The paths where a string would have been fine. */
function stringsWanted(issues: readonly Issue[], base: ConfigPath): readonly ConfigPath[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...configPath(issue.path)];
    if (issue.code === 'invalid_type') return issue.expected === 'string' ? [path] : [];
    if (issue.code === 'invalid_value')
      return issue.values.some((value) => typeof value === 'string') ? [path] : [];
    return issue.code === 'invalid_union'
      ? issue.errors.flatMap((branch) => stringsWanted(branch, path))
      : [];
  });
}

/** The path of an issue as one of the configuration, which has no symbols. */
export function configPath(path: readonly PropertyKey[]): ConfigPath {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}
