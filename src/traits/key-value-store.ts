import { createTrait, type ExtensionTrait } from './trait.js';

/** A key with its value. */
export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** One step of a batch. */
export type KeyValueOperation =
  | { readonly set: string; readonly value: Uint8Array }
  | { readonly delete: string };

/** Where an iteration begins. */
export interface KeyValueEntriesOptions {
  /** The key after which to begin, whether or not it exists; the first key of the prefix when absent. */
  readonly after?: string;
}

/**
 * Keeps values beyond the life of the process. Every component that binds a store has a room of its own in it: it
 * neither sees nor changes the keys of another, and finds its own again in the next run.
 *
 * Keys are any text of whole characters (no half of a surrogate pair) of up to `LONGEST_KEY` bytes of UTF-8; values are
 * bytes, up to `LARGEST_VALUE`. A value that was handed over must not be changed by the caller until the call has ended.
 *
 * A write has ended when its promise resolves: it then survives the end of the process, however abrupt, and every read
 * that begins later sees it. Writes are carried out in the order of the calls, also when the store is replaced by another
 * instance on the way; what an instance must see to is the order of its own. A write that rejects was not carried out,
 * unless it says that its outcome is unknown; carrying out any of them twice is the same as once.
 *
 * Every method throws TraitError when the store cannot serve; its `retryable` says whether asking again may succeed.
 * A key or a value that no store takes is a TypeError.
 */
export interface KeyValueStore {
  /** The value of a key; `undefined` when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;

  /** The values of many keys, in their order, for the price of one call. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;

  /** Gives a key a value, in place of the one that it had. */
  set(key: string, value: Uint8Array): Promise<void>;

  /** Removes a key. One that does not exist is no error. */
  delete(key: string): Promise<void>;

  /** Carries out all operations, in their order, or none of them; nobody sees a part. */
  batch(operations: readonly KeyValueOperation[]): Promise<void>;

  /**
   * The entries whose keys begin with `prefix` (all for an empty one), in the order of the keys' UTF-8 bytes, which is
   * that of their code points. Each key comes once at most. What others write meanwhile may be seen or not. The keys
   * that are read may be deleted on the way.
   */
  entries(prefix: string, options?: KeyValueEntriesOptions): AsyncIterable<KeyValueEntry>;
}

/** The longest key that a consumer may use, in bytes of UTF-8. */
export const LONGEST_KEY = 4_096;

/** The largest value, in bytes. */
export const LARGEST_VALUE = 64 * 1_024 * 1_024;

export const KeyValueStore: ExtensionTrait<KeyValueStore> = createTrait<KeyValueStore>({
  id: 'KeyValueStore',
  name: 'key_value_store',
  description:
    'Keeps values under keys beyond the life of the process, a room of its own for each component.',
  methods: {
    get: 'async',
    getMany: 'async',
    set: 'async',
    delete: 'async',
    batch: 'async',
    entries: 'stream',
  },
  ordered: ['set', 'delete', 'batch'],
  handle: (target, { namespace }) => {
    const room = roomOf(namespace);
    const inside = (key: string): string => room + checked(key);
    // An async function around a call of one key would cost more than all else here.
    return {
      get: (key) => {
        const fault = faultOfKey(key);
        return fault === undefined ? target.counted(target.current.get(room + key)) : refused(fault);
      },
      getMany: async (keys) => target.counted(target.current.getMany(keys.map(inside))),
      set: (key, value) => {
        const fault = faultOfKey(key) ?? faultOfValue(value);
        return fault === undefined
          ? target.inOrder((instance) => instance.set(room + key, value))
          : refused(fault);
      },
      delete: (key) => {
        const fault = faultOfKey(key);
        return fault === undefined
          ? target.inOrder((instance) => instance.delete(room + key))
          : refused(fault);
      },
      batch: async (operations) => {
        const steps = operations.map((operation) =>
          'set' in operation
            ? { set: inside(operation.set), value: fitting(operation.value) }
            : { delete: inside(operation.delete) },
        );
        return target.inOrder((instance) => instance.batch(steps));
      },
      entries: async function* (prefix, options) {
        const from = inside(prefix);
        let after = options?.after === undefined ? undefined : inside(options.after);
        // When the instance is replaced, the next one goes on behind the last entry that was handed out.
        const stream = target.follow((instance) =>
          instance.entries(from, after === undefined ? undefined : { after }),
        );
        for await (const { key, value } of stream) {
          after = key;
          yield { key: key.slice(room.length), value };
        }
      },
    };
  },
});

/**
 * What a component's keys begin with in a store. It ends with the only colon in it, so that no room's name is the
 * beginning of another's.
 */
function roomOf(namespace: string): string {
  return `${namespace.replaceAll('%', '%25').replaceAll(':', '%3A')}:`;
}

/** What is wrong with a key; `undefined` when nothing is. */
function faultOfKey(key: string): string | undefined {
  if (typeof key !== 'string') return `a key must be a text, not ${typeof key}`;
  if (!isPlain(key) && !key.isWellFormed()) return 'a key must not hold half of a surrogate pair';
  // A character takes three bytes at most, so a short key need not be measured.
  if (key.length * 3 > LONGEST_KEY && Buffer.byteLength(key) > LONGEST_KEY) {
    return `a key must not be longer than ${LONGEST_KEY} bytes of UTF-8`;
  }
  return undefined;
}

/** Up to this length a key is looked through faster here than by the platform. */
const SHORT_KEY = 8;

/** Whether a key is short and has no surrogates at all. */
function isPlain(key: string): boolean {
  if (key.length > SHORT_KEY) return false;
  for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) >= 0xd800) return false;
  return true;
}

function faultOfValue(value: Uint8Array): string | undefined {
  if (!(value instanceof Uint8Array)) return 'a value must be a Uint8Array';
  return value.byteLength > LARGEST_VALUE
    ? `a value must not be larger than ${LARGEST_VALUE} bytes`
    : undefined;
}

const refused = (fault: string): Promise<never> => Promise.reject(new TypeError(fault));

function checked(key: string): string {
  const fault = faultOfKey(key);
  if (fault !== undefined) throw new TypeError(fault);
  return key;
}

function fitting(value: Uint8Array): Uint8Array {
  const fault = faultOfValue(value);
  if (fault !== undefined) throw new TypeError(fault);
  return value;
}
