/** The value at a path; `undefined` when there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return value;
}

/** A copy with another value at a path that exists. */
export function withValueAt(root: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(root)) {
    return root.map((item: unknown, index) => (index === part ? withValueAt(item, rest, value) : item));
  }
  if (typeof root !== 'object' || root === null) return root;
  const member = (root as Readonly<Record<PropertyKey, unknown>>)[part];
  return { ...root, [part]: withValueAt(member, rest, value) };
}
