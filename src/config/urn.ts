/** What a URN can name. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'extension';

export const componentKinds: readonly ComponentKind[] = Object.freeze([
  'receiver',
  'processor',
  'exporter',
  'extension',
]);

const PART = '[a-z0-9._-]+';
const FULL = new RegExp(`^urn:(${PART}):(receiver|processor|exporter|extension):(${PART})$`);
const SHORTCUT = new RegExp(`^(receiver|processor|exporter|extension):(${PART})$`);

/** The type of a component, `urn:<namespace>:<kind>:<id>`. */
export interface Urn {
  readonly namespace: string;
  readonly kind: ComponentKind;
  readonly id: string;
  /** The whole of it, never the shortcut. */
  readonly text: string;
  /** The shortest form that means the same: `<kind>:<id>` in namespace `otel`. */
  readonly short: string;
}

/** Reads a URN or its shortcut `<kind>:<id>` for namespace `otel`; `undefined` when it is neither. */
export function parseUrn(text: string): Urn | undefined {
  const full = FULL.exec(text);
  if (full !== null) return urn(full[1] as string, full[2] as ComponentKind, full[3] as string);
  const shortcut = SHORTCUT.exec(text);
  if (shortcut !== null) return urn('otel', shortcut[1] as ComponentKind, shortcut[2] as string);
  return undefined;
}

function urn(namespace: string, kind: ComponentKind, id: string): Urn {
  const text = `urn:${namespace}:${kind}:${id}`;
  return { namespace, kind, id, text, short: namespace === 'otel' ? `${kind}:${id}` : text };
}
