import { isBuiltin } from 'node:module';
import type { ComponentKind } from '../../config/urn.js';
import { ScaffoldError } from './scaffold-error.js';

/** What everything in a new package is called. */
export interface PackageNames {
  readonly kind: ComponentKind;
  /** As npm knows it, such as `@acme/vault-auth`. */
  readonly packageName: string;
  /** The name without its scope: the folder. */
  readonly base: string;
  /** The file of the class, without its ending: a dot in it could make it another kind of file, as in `x.d.ts`. */
  readonly file: string;
  readonly className: string;
  readonly urn: string;
  /** The last part of the URN, and the component's name in the example. */
  readonly id: string;
}

/** The namespace of a package without a scope. */
const DEFAULT_NAMESPACE = 'custom';

const PACKAGE = /^(?:@([a-z0-9][a-z0-9._-]*)\/)?([a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)$/;
const NAMESPACE = /^[a-z0-9._-]+$/;
const LONGEST_NAME = 214;

/** Files that stand beside the class in `src`, and names that npm keeps for itself. */
const TAKEN = new Set(['index', 'config', 'node_modules', 'favicon.ico']);

/**
 * Derives all names from that of the package.
 *
 * @param namespace of the URN; the package's scope when absent, and `custom` when it has none
 * @throws ScaffoldError when npm or the configuration could not use one of them
 */
export function namesOf(kind: ComponentKind, packageName: string, namespace?: string): PackageNames {
  const match = PACKAGE.exec(packageName);
  const base = match?.[2];
  if (base === undefined) {
    throw new ScaffoldError(
      `'${packageName}' cannot be the name of the package; use lower-case letters and digits, joined by '-', '_' ` +
        "or '.', a letter first, such as vault-auth or @acme/vault-auth",
    );
  }
  if (packageName.length > LONGEST_NAME) {
    throw new ScaffoldError(`the name of a package has at most ${LONGEST_NAME} characters`);
  }
  if (isBuiltin(packageName) || packageName === 'otap-dataflow' || TAKEN.has(base)) {
    throw new ScaffoldError(`the name '${packageName}' is taken; choose another, such as my-${base}`);
  }
  const space = namespace ?? match?.[1] ?? DEFAULT_NAMESPACE;
  if (!NAMESPACE.test(space)) {
    throw new ScaffoldError(`'${space}' cannot be a namespace of URNs; use a-z, 0-9, '.', '_' and '-'`);
  }
  if (space === 'otel') {
    throw new ScaffoldError(
      "the namespace 'otel' belongs to the components that come with the engine; name your own with --namespace",
    );
  }
  const id = base.replaceAll('-', '_');
  return {
    kind,
    packageName,
    base,
    file: base.replaceAll('.', '-'),
    id,
    urn: `urn:${space}:${kind}:${id}`,
    className: classNameOf(kind, base),
  };
}

/** `vault-auth` as `VaultAuthExtension`: with its kind, a name is nobody else's. */
function classNameOf(kind: ComponentKind, base: string): string {
  const words = base.split(/[._-]/);
  const named = words.length > 1 && words.at(-1) === kind ? words : [...words, kind];
  return named.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
