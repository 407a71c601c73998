import { hash } from 'node:crypto';
import { type Pdata, visitLogRecords, WireCursor } from '../../authoring.js';
import { CanonicalBytes, type CountingFields } from './canonical-bytes.js';
import { type IdentityPart, identityParts } from './config.js';

/** Field numbers of opentelemetry.proto.logs.v1 and common.v1. */
const RESOURCE_OF_RESOURCE_LOGS = 1;
const SCOPE_OF_SCOPE_LOGS = 1;
const RESOURCE: CountingFields = { fields: new Set(), attributes: 1 };
const SCOPE: CountingFields = { fields: new Set([1, 2]), attributes: 3 };
const ATTRIBUTES_OF_RECORD = 6;
const RECORD_FIELDS: Partial<Record<IdentityPart, readonly number[]>> = {
  time: [1],
  severity: [2, 3],
  body: [5],
  trace: [9, 10],
  event_name: [12],
};

/** 144 bits: enough that no two records of the world meet by chance, and 24 characters without padding. */
const IDENTITY_BYTES = 18;

/** Says which log records are the same: those whose identities are equal. */
export class RecordIdentity {
  readonly #resource: boolean;
  readonly #scope: boolean;
  readonly #record: CountingFields;
  readonly #parts: string;

  constructor(parts: readonly IdentityPart[]) {
    const chosen = identityParts.filter((part) => parts.includes(part));
    this.#resource = chosen.includes('resource');
    this.#scope = chosen.includes('scope');
    this.#record = {
      fields: new Set(chosen.flatMap((part) => RECORD_FIELDS[part] ?? [])),
      attributes: chosen.includes('attributes') ? ATTRIBUTES_OF_RECORD : undefined,
    };
    this.#parts = chosen.join();
  }

  /**
   * The identities of the log records in a request, in their order.
   *
   * @throws MalformedPayload when the request is no OTLP
   */
  of(pdata: Pdata): string[] {
    const identities: string[] = [];
    const { bytes, metadata } = pdata;
    // Keeps apart what was told by another configuration, and what different senders' headers go with.
    const seed = hash('sha256', `${this.#parts}\n${metadata?.fingerprint ?? ''}`, 'buffer');
    const canonical = new CanonicalBytes(bytes);
    const digestOfField = (start: number, end: number, field: number, counting: CountingFields): Buffer => {
      canonical.begin();
      eachOf(bytes, start, end, field, (from, to) => canonical.add(from, to, counting));
      return canonical.digest();
    };
    let resource: Uint8Array = seed;
    let scope: Uint8Array = seed;
    visitLogRecords(pdata, {
      resourceLogs: (start, end) => {
        if (this.#resource) resource = digestOfField(start, end, RESOURCE_OF_RESOURCE_LOGS, RESOURCE);
      },
      scopeLogs: (start, end) => {
        if (this.#scope) scope = digestOfField(start, end, SCOPE_OF_SCOPE_LOGS, SCOPE);
      },
      logRecord: (start, end) => {
        canonical.begin(seed, resource, scope);
        canonical.add(start, end, this.#record);
        identities.push(canonical.digest().toString('base64url', 0, IDENTITY_BYTES));
      },
    });
    return identities;
  }
}

/** Every occurrence of a message field: protobuf merges what comes in parts. */
function eachOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  visit: (start: number, end: number) => void,
): void {
  const cursor = new WireCursor(bytes, start, end);
  while (cursor.pos < end) {
    const tag = cursor.tag();
    if (tag >>> 3 !== field) {
      cursor.skip(tag);
      continue;
    }
    const childEnd = cursor.length() + cursor.pos;
    visit(cursor.pos, childEnd);
    cursor.pos = childEnd;
  }
}
