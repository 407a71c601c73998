/** Whether a key looks like the name of a field, and not like a value that was meant to be one: `token:abc`. */
export function isFieldName(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,40}$/.test(name);
}
