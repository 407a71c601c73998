/** Whether a name can stand in `from: NAME["OUTPUT"]` and in messages without being mistaken. */
export function isId(name: string): boolean {
  return name !== '' && name === name.trim() && !/[[\]"']/.test(name);
}
