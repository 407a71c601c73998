import { type ScopeName, scopeLabel } from '../scope.js';

/** Names one trait of one instance of a `shared` extension: what both threads agree on. */
export interface RemoteRef {
  /** Where the extension is declared. */
  readonly scope: ScopeName;
  /** The instance's name in the configuration. */
  readonly extension: string;
  /** The trait's YAML name. */
  readonly trait: string;
  /** Namespace of the consumer when the extension is `per_consumer`; else the empty string. */
  readonly consumer: string;
}

/** The same for equal refs and for no others. */
export function refKey({ scope, extension, trait, consumer }: RemoteRef): string {
  return JSON.stringify([scope.group ?? null, scope.pipeline ?? null, extension, trait, consumer]);
}

/** `key_value_store.get() of extension 'store' of the engine` */
export function methodName({ scope, extension, trait }: RemoteRef, method: string): string {
  return `${trait}.${method}() of extension '${extension}' of ${scopeLabel(scope)}`;
}
