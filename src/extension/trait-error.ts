import type { ExtensionTrait } from '../traits/trait.js';
import { type ServiceToken, serviceToken } from './services.js';

/** What else is known of a failure. */
export interface TraitErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later; it may when absent. */
  readonly retryable?: boolean;
}

/** What a running extension throws at its consumers. */
export class TraitError extends Error {
  override readonly name = 'TraitError';
  /** The instance's name in the configuration. */
  readonly extension: string;
  /** The trait's YAML name. */
  readonly trait: string;
  /**
   * Whether the same call may succeed later: a server that is away, a disk that is full. When not, it fails until
   * somebody changes something.
   */
  readonly retryable: boolean;

  constructor(extension: string, trait: string, reason: string, options: TraitErrorOptions = {}) {
    super(
      `extension '${extension}' (${trait}): ${reason}`,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.extension = extension;
    this.trait = trait;
    this.retryable = options.retryable ?? true;
  }
}

/** Makes the `TraitError`s of one instance, which it knows by name. */
export interface TraitErrorFactory {
  create(trait: ExtensionTrait<unknown>, reason: string, options?: TraitErrorOptions): TraitError;
}

export const TraitErrorFactory: ServiceToken<TraitErrorFactory> =
  serviceToken<TraitErrorFactory>('trait-error-factory');
