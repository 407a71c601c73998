import type { ExtensionTrait } from '../../traits/trait.js';
import { TraitError } from '../trait-error.js';
import { methodName, type RemoteRef } from './remote-ref.js';

const WHAT_CROSSES =
  'plain objects, arrays, Map, Set, Uint8Array, Secret, BearerToken, RequestMetadata and errors can be, and AbortSignals as arguments';

/** All wording of calls between threads. */
export const remoteErrors = {
  /** @param place where it stands, such as `argument 1.value` */
  cannotCross(ref: RemoteRef, method: string, place: string, what: string) {
    return new TypeError(
      `${methodName(ref, method)}: ${place} is ${what}, which cannot be handed to another thread; ${WHAT_CROSSES}`,
    );
  },

  direct({ id }: ExtensionTrait<unknown>, method: string) {
    return new TypeError(
      `${id}.${method}() answers directly, so no other thread can call it; use an extension with execution: 'local'`,
    );
  },

  noSuchMethod(ref: RemoteRef, method: string) {
    return new TypeError(
      `${methodName(ref, method)}: the trait has no such method that another thread can call`,
    );
  },

  noStream(ref: RemoteRef, method: string) {
    return new TypeError(`${methodName(ref, method)}: the extension gave no async iterable`);
  },

  /** What runs in another thread can no longer be reached. The same call may succeed when it can be again. */
  unreachable({ extension, trait }: RemoteRef, reason: string) {
    return new TraitError(extension, trait, `it cannot be reached in the thread that hosts it: ${reason}`);
  },

  /** Why the signals of calls abort whose caller is gone. */
  callerGone() {
    return new DOMException('the thread that called has ended', 'AbortError');
  },
} as const;

/** Why a connection that nobody closed here is closed. */
export const CLOSED_BY_HOST = 'that thread ended, or closed the connection';
