import type { ExtensionName } from './questions.js';

/** One text for each extension, to look it up by. */
export const keyOf = ({ scope, name }: ExtensionName): string =>
  JSON.stringify([scope.group, scope.pipeline, name]);
