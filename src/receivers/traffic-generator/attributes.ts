/** OTLP/JSON key-value pairs. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** As many attributes as were asked for; `variant` makes their values differ. */
export function countedAttributes(count: number, variant: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`attribute.${index}`, `value.${index}.${variant}`]),
  );
}
