import { types } from 'node:util';
import { ExtensionError } from '../errors.js';
import { TraitError } from '../trait-error.js';
import { type Encoded, Kind, tagged } from './encoded.js';

/**
 * The classes of errors that stay what they are. An error of any other class arrives as an `Error` that has its name,
 * message and stack, and its `code` when it has one.
 */
export const ErrorClass = {
  /** Then: whether the thrown value follows, or only this text about it. */
  thrown: 0,
  plain: 1,
  trait: 2,
  extension: 3,
  domException: 4,
  type: 5,
  range: 6,
  aggregate: 7,
} as const;

/** How many causes of causes cross, and errors within errors. */
const DEEPEST_CAUSE = 8;

type Encode = (value: unknown) => Encoded;

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || value instanceof DOMException;
}

/**
 * Encodes what was thrown: `[class, name, message, stack, code, cause if any, what the class has]`, or
 * `[thrown, value]` for what is no error.
 */
export function encodeError(error: unknown, encode: Encode, depth = 0): Encoded {
  try {
    if (!isError(error)) return tagged(Kind.error, ErrorClass.thrown, encode(error));
    const kind = classOf(error);
    const within =
      depth < DEEPEST_CAUSE ? (inner: unknown) => encodeError(inner, encode, depth + 1) : undefined;
    return tagged(
      Kind.error,
      kind,
      text(error.name),
      text(error.message),
      text(error.stack),
      codeOf(error),
      'cause' in error && within !== undefined ? [within(error.cause)] : undefined,
      kind === ErrorClass.aggregate && within !== undefined ? errorsOf(error).map(within) : detailsOf(error),
    );
  } catch {
    // It cannot cross, or not be read without throwing: whoever called must still learn that it was thrown.
    const message = `something that cannot be handed to another thread (${typeof error})`;
    return tagged(Kind.error, ErrorClass.plain, 'Error', message, message, undefined, undefined, undefined);
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** By name, for an error may be of another realm. */
function classOf(error: Error): number {
  if (error instanceof TraitError) return ErrorClass.trait;
  if (error instanceof ExtensionError) return ErrorClass.extension;
  if (error instanceof DOMException) return ErrorClass.domException;
  for (let at: object | null = error; at !== null; at = Object.getPrototypeOf(at)) {
    const { name } = at.constructor;
    if (name === 'AggregateError') return ErrorClass.aggregate;
    if (name === 'TypeError') return ErrorClass.type;
    if (name === 'RangeError') return ErrorClass.range;
  }
  return ErrorClass.plain;
}

function codeOf(error: Error): Encoded {
  if (error instanceof DOMException || !('code' in error)) return undefined;
  return typeof error.code === 'string' || typeof error.code === 'number' ? error.code : undefined;
}

function errorsOf(error: Error): readonly unknown[] {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
}

function detailsOf(error: Error): Encoded {
  if (error instanceof TraitError) return [error.extension, error.trait, error.retryable];
  if (error instanceof ExtensionError) {
    const { kind, extension, trait, scope, path } = error;
    return [kind, extension, trait, scope === undefined ? undefined : { ...scope }, path];
  }
  return undefined;
}
