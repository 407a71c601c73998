/**
 * Header values by lower-case name, read from names and values in turn as the platform has them. Values of a header
 * that stands several times are joined by `, `, so that none of them hides another (RFC 9110, section 5.3).
 *
 * @param wanted which headers to read; all but HTTP/2's pseudo headers when absent
 */
export function headerValues(raw: readonly string[], wanted?: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    if (wanted === undefined ? name.startsWith(':') : !wanted.has(name)) continue;
    const value = raw[at + 1] as string;
    const before = found.get(name);
    found.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return found;
}

/**
 * Every value of one header, in order, for the platform's own lists keep only the first of some. Looks at nothing else,
 * for it is asked for every request.
 *
 * @param name in lower case
 */
export function valuesOf(raw: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const found = raw[at] as string;
    if (found.length === name.length && found.toLowerCase() === name) values.push(raw[at + 1] as string);
  }
  return values;
}
