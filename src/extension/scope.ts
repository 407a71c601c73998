/** Where an extension is declared: in a pipeline, in a group, or, with neither, in the engine. */
export interface ScopeName {
  readonly group?: string;
  readonly pipeline?: string;
}

/** `the engine`, `group 'edge'`, `pipeline 'edge/main'` */
export function scopeLabel({ group, pipeline }: ScopeName): string {
  if (group === undefined) return 'the engine';
  return pipeline === undefined ? `group '${group}'` : `pipeline '${group}/${pipeline}'`;
}

export function sameScope(one: ScopeName, other: ScopeName): boolean {
  return one.group === other.group && one.pipeline === other.pipeline;
}

/**
 * The name of a component that no other component of the process has, and that it has again in the next run: its
 * parts joined by `/`, which is escaped in them.
 */
export function namespaceOf({ group, pipeline }: ScopeName, kind: string, id: string): string {
  return [group, pipeline, kind, id].flatMap((part) => (part === undefined ? [] : escaped(part))).join('/');
}

const escaped = (part: string): string => part.replaceAll('%', '%25').replaceAll('/', '%2F');
