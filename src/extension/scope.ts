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

/** The name of a component that no other component of the process has, and that it has again in the next run. */
export function namespaceOf({ group, pipeline }: ScopeName, kind: string, id: string): string {
  return [group, pipeline, kind, id].filter((part) => part !== undefined).join('/');
}
