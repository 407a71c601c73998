import { didYouMean } from '../config/suggest.js';
import type { ExtensionTrait } from '../traits/trait.js';
import { type ScopeName, scopeLabel } from './scope.js';

/** Look-up: what went wrong when a component asked for a trait. */
export type LookupErrorKind = 'NotFound' | 'TraitNotImplemented' | 'NotBound';

/** Wiring and life: what went wrong between the configuration and the end of an instance. */
export type LifeErrorKind =
  | 'UnknownType'
  | 'InvalidConfig'
  | 'DependencyCycle'
  | 'ScopeViolation'
  | 'CreationFailed'
  | 'ChainTooLong'
  | 'StartFailed'
  | 'NotReady'
  | 'EndedEarly'
  | 'StopFailed'
  | 'Disposed';

export type ExtensionErrorKind = LookupErrorKind | LifeErrorKind;

export interface ExtensionErrorDetails {
  /** The instance's name in the configuration. */
  readonly extension?: string | undefined;
  /** Where that instance is declared. */
  readonly scope?: ScopeName | undefined;
  /** The trait's YAML name. */
  readonly trait?: string | undefined;
  /** Who asked, through whom; the outermost first, such as `exporter 'out'`. */
  readonly path?: readonly string[];
  readonly cause?: unknown;
}

/** The only thing that a component ever sees of the container and of other instances' lives. */
export class ExtensionError<Kind extends ExtensionErrorKind = ExtensionErrorKind> extends Error {
  override readonly name = 'ExtensionError';
  readonly kind: Kind;
  readonly extension: string | undefined;
  /** Where the extension is declared; set when the message is about its life, not about who asks for it. */
  readonly scope: ScopeName | undefined;
  readonly trait: string | undefined;
  readonly path: readonly string[];

  constructor(kind: Kind, message: string, details: ExtensionErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.kind = kind;
    this.extension = details.extension;
    this.scope = details.scope;
    this.trait = details.trait;
    this.path = Object.freeze([...(details.path ?? [])]);
  }
}

/** A component that asks: its kind and its id. */
export interface Consumer {
  readonly kind: string;
  readonly id: string;
}

/** `exporter 'out'` */
export function consumerName(consumer: Consumer): string {
  return `${consumer.kind} '${consumer.id}'`;
}

/** What became of the other instances of a scope when one failed to start. */
export interface StartOutcome {
  /** Those that use what failed, directly or through others. */
  readonly notStarted: readonly string[];
  /** Those that waited for others. */
  readonly notYetStarted: readonly string[];
  readonly stopped: readonly string[];
}

/** An extension as its plan names it. */
export interface NamedExtension {
  readonly name: string;
  readonly scope: ScopeName;
  readonly descriptor: { readonly urn: { readonly short: string } };
}

/** `extension 'auth' (extension:x) of pipeline 'default/main'`: other scopes may have one of that name, too. */
const fullName = ({ name, scope, descriptor }: NamedExtension): string =>
  `extension '${name}' (${descriptor.urn.short}) of ${scopeLabel(scope)}`;

/** `extension 'auth' of pipeline 'default/main'` */
const scopedName = ({ name, scope }: Omit<NamedExtension, 'descriptor'>): string =>
  `extension '${name}' of ${scopeLabel(scope)}`;

const subject = ({ name, scope }: NamedExtension) => ({ extension: name, scope });

type Trait = ExtensionTrait<unknown>;

const list = (names: Iterable<string>): string => [...names].map((name) => `'${name}'`).join(', ');

/** All wording of the extension system. Each function makes one error; a test holds every letter. */
export const extensionErrors = {
  notFound(consumer: Consumer, extension: string, trait: Trait, known: readonly string[]) {
    const path = [consumerName(consumer)];
    const exist =
      known.length === 0
        ? 'none is declared; declare it under extensions:'
        : (didYouMean(extension, known) ?? `declared are ${list(known)}`);
    return new ExtensionError(
      'NotFound',
      `${path[0]} asks extension '${extension}' for ${trait.name}: no extension has that name here; ${exist}`,
      { extension, trait: trait.name, path },
    );
  },

  traitNotImplemented(
    consumer: Consumer,
    extension: string,
    urn: string,
    trait: Trait,
    provided: readonly Trait[],
    providers: readonly string[] = [],
  ) {
    const path = [consumerName(consumer)];
    const offers =
      provided.length === 0 ? 'no trait at all' : provided.map((other) => other.name).join(' and ');
    const instead = providers.length === 0 ? '' : `; ${trait.name} is provided by ${providers.join(', ')}`;
    return new ExtensionError(
      'TraitNotImplemented',
      `${path[0]} asks extension '${extension}' for ${trait.name}: ${urn} provides ${offers}${instead}`,
      { extension, trait: trait.name, path },
    );
  },

  /** @param scopes where the consumer and the extension are declared, with the place of the latter */
  scopeViolation(
    consumer: Consumer,
    extension: string,
    trait: Trait,
    scopes: { readonly from: string; readonly to: string },
  ) {
    const path = [consumerName(consumer)];
    return new ExtensionError(
      'ScopeViolation',
      `${path[0]} of ${scopes.from} asks extension '${extension}' for ${trait.name}, which is declared in ${scopes.to}; ` +
        `a wider scope cannot use a narrower one: move '${extension}' to ${scopes.from}, or '${consumer.id}' to where it is`,
      { extension, trait: trait.name, path },
    );
  },

  notCreated(consumer: Consumer, extension: string, trait: Trait) {
    const path = [consumerName(consumer)];
    return new ExtensionError(
      'NotBound',
      `${path[0]} asks extension '${extension}' for ${trait.name}: nothing binds it, so it was not started; ` +
        'bind it under capabilities:, or ask for it in the constructor',
      { extension, trait: trait.name, path },
    );
  },

  createdInACircle(extension: NamedExtension) {
    return new ExtensionError(
      'DependencyCycle',
      `${fullName(extension)} is asked for by one that it asks for itself while it is created; ` +
        'ask for one of them later, in start()',
      subject(extension),
    );
  },

  notBound(consumer: Consumer, trait: Trait) {
    const path = [consumerName(consumer)];
    return new ExtensionError(
      'NotBound',
      `${path[0]} asks for ${trait.name}, which is bound to no extension; ` +
        `add capabilities: { ${trait.name}: <extension> } to it`,
      { trait: trait.name, path },
    );
  },

  notATrait(consumer: Consumer) {
    const path = [consumerName(consumer)];
    return new ExtensionError(
      'NotBound',
      `${path[0]} asks for something that is not a trait; import one from 'otap-dataflow' (a circular import gives undefined)`,
      { path },
    );
  },

  disposed(consumer: Consumer, trait: Trait) {
    const path = [consumerName(consumer)];
    return new ExtensionError(
      'Disposed',
      `${path[0]} asks for ${trait.name} after its pipeline has stopped; ask while it runs`,
      { trait: trait.name, path },
    );
  },

  creationFailed(extension: NamedExtension, cause: unknown) {
    return new ExtensionError(
      'CreationFailed',
      `${fullName(extension)} could not be created: ${reasonOf(cause)}`,
      { ...subject(extension), cause },
    );
  },

  chainTooLong(extension: NamedExtension, longest: number) {
    return new ExtensionError(
      'ChainTooLong',
      `${fullName(extension)} could not be created: it stands at the end of a chain of more than ${longest} extensions ` +
        'that have to be created for each other at once; bind them under capabilities: in place of asking by name in ' +
        'constructors, and give no instance to each consumer',
      subject(extension),
    );
  },

  startFailed(extension: NamedExtension, cause: unknown) {
    return new ExtensionError('StartFailed', `${fullName(extension)} failed to start: ${reasonOf(cause)}`, {
      ...subject(extension),
      cause,
    });
  },

  notReady(extension: NamedExtension, timeoutMs: number) {
    return new ExtensionError(
      'NotReady',
      `${fullName(extension)} was not ready within ${timeoutMs / 1000} s; ` +
        'see its log lines above for what it waits for',
      subject(extension),
    );
  },

  /** What else a failed start did, told in the message of what failed. */
  withOutcome(error: ExtensionError, outcome: StartOutcome) {
    const told = [
      outcome.notStarted.length === 0
        ? ''
        : `not started, for they use what failed: ${list(outcome.notStarted)}`,
      outcome.notYetStarted.length === 0 ? '' : `not yet started: ${list(outcome.notYetStarted)}`,
      outcome.stopped.length === 0 ? '' : `stopped again: ${list(outcome.stopped)}`,
    ].filter((part) => part !== '');
    if (told.length === 0) return error;
    const { extension, scope, trait, path, cause } = error;
    return new ExtensionError(error.kind, [error.message, ...told].join('; '), {
      extension,
      scope,
      trait,
      path,
      ...(cause === undefined ? {} : { cause }),
    });
  },

  /** @param error why the new instance cannot serve; it may be about another one, which that one uses */
  replacementFailed(extension: NamedExtension, error: ExtensionError) {
    return new ExtensionError(
      error.kind,
      `${error.message}; ${scopedName(extension)} was not replaced and serves as before`,
      { ...subject(extension), cause: error },
    );
  },

  /** @param gone says which thread ended while it made its new instance ready, and why */
  lostWhileReplacing(extension: NamedExtension, gone: Error) {
    return new ExtensionError(
      'StartFailed',
      `${gone.message}; that was while the new instance of ${scopedName(extension)} became ready, ` +
        'which was not replaced and serves as before',
      { ...subject(extension), cause: gone },
    );
  },

  stoppedWhileReplacing(extension: NamedExtension) {
    return new ExtensionError(
      'Disposed',
      `${scopedName(extension)} was stopped while it was being replaced`,
      subject(extension),
    );
  },

  /** Another thread's new instance failed. */
  replacementRefused(extension: NamedExtension) {
    return new ExtensionError(
      'StartFailed',
      `${scopedName(extension)} was not replaced: its new instance failed in another worker; the old one serves as before`,
      subject(extension),
    );
  },

  stoppedWhileStarting() {
    return new ExtensionError('Disposed', 'the extensions were stopped before they had started');
  },

  /** @param failure what `start` threw; absent when it returned */
  endedEarly(extension: NamedExtension, failure?: { readonly cause: unknown }) {
    const how = failure === undefined ? 'returned from start()' : `failed: ${reasonOf(failure.cause)}`;
    return new ExtensionError('EndedEarly', `${fullName(extension)} ended before shutdown: it ${how}`, {
      ...subject(extension),
      ...failure,
    });
  },

  stopFailed(extension: NamedExtension, cause: unknown) {
    return new ExtensionError(
      'StopFailed',
      `${fullName(extension)} failed while stopping: ${reasonOf(cause)}`,
      { ...subject(extension), cause },
    );
  },

  /** It ended although nobody told it to, after another one had taken its place: what it still had to answer is lost. */
  retiredFailed(extension: NamedExtension, cause: unknown) {
    return new ExtensionError(
      'EndedEarly',
      `${fullName(extension)} was replaced, and failed before its last calls were answered: ${reasonOf(cause)}`,
      { ...subject(extension), cause },
    );
  },

  /** No error of anybody's: what the log is told. */
  stuckCalls(extension: NamedExtension, count: number, afterMs: number): string {
    const calls = count === 1 ? 'a call has' : `${count} calls have`;
    return (
      `${scopedName(extension)} was replaced; ${calls} not ended at the old instance, and none ended for ` +
      `${afterMs / 1000} s; later ones do not wait any more, and may be carried out before`
    );
  },

  stopForced(extension: NamedExtension) {
    return new ExtensionError(
      'StopFailed',
      `${fullName(extension)} had not stopped when the end was forced, and was abandoned`,
      subject(extension),
    );
  },

  stopTimedOut(extension: NamedExtension, graceMs: number) {
    return new ExtensionError(
      'StopFailed',
      `${fullName(extension)} did not stop within ${Number((graceMs / 1000).toFixed(1))} s and was abandoned`,
      subject(extension),
    );
  },
} as const;

/** One error for several, its message telling each; the error itself when there is only one. */
export function combineErrors(headline: string, errors: readonly [Error, ...Error[]]): Error {
  if (errors.length === 1) return errors[0];
  return new AggregateError(errors, [headline, ...errors.map((error) => `  - ${error.message}`)].join('\n'));
}

/** What an unknown thrown value says. Never throws, whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    const message: unknown = error.message;
    return typeof message === 'string' && message !== '' ? message : 'an error without a message';
  }
  return typeof error === 'string' && error !== '' ? error : `something that is no Error (${typeof error})`;
}
