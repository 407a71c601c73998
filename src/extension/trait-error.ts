import type { ExtensionTrait } from '../traits/trait.js';
import { type ServiceToken, serviceToken } from './services.js';

/** What a running extension throws at its consumers. */
export class TraitError extends Error {
  override readonly name = 'TraitError';
  /** The instance's name in the configuration. */
  readonly extension: string;
  /** The trait's YAML name. */
  readonly trait: string;

  constructor(extension: string, trait: string, reason: string, options?: { readonly cause?: unknown }) {
    super(`extension '${extension}' (${trait}): ${reason}`, options);
    this.extension = extension;
    this.trait = trait;
  }
}

/** Makes the `TraitError`s of one instance, which it knows by name. */
export interface TraitErrorFactory {
  create(trait: ExtensionTrait<unknown>, reason: string, options?: { readonly cause?: unknown }): TraitError;
}

export const TraitErrorFactory: ServiceToken<TraitErrorFactory> =
  serviceToken<TraitErrorFactory>('trait-error-factory');
