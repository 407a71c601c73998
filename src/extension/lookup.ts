import type { ExtensionTrait } from '../traits/trait.js';
import { type ServiceToken, serviceToken } from './services.js';

/**
 * How a component reaches the extensions of its scope and of wider ones. What it gets is a handle that stays good when
 * the instance behind it is replaced: keep it, and call it.
 */
export interface ExtensionLookup {
  /**
   * The trait of the extension that `capabilities:` bound, or of the extension called `name`. Works from the
   * constructor on and costs a map read.
   *
   * @throws ExtensionError `NotBound`, `NotFound` or `TraitNotImplemented`; `Disposed` after the end
   */
  getExtension<T>(trait: ExtensionTrait<T>, name?: string): T;

  /** Like `getExtension`, but `undefined` when nothing is bound to the trait. */
  findExtension<T>(trait: ExtensionTrait<T>): T | undefined;
}

/** Injects the look-up into an extension that uses others. A node has it in its effect handler. */
export const ExtensionLookup: ServiceToken<ExtensionLookup> =
  serviceToken<ExtensionLookup>('extension-lookup');
