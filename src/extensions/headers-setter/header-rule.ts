import { type FollowedSecret, type HeaderChange, type OutgoingRequest, Secret } from '../../authoring.js';
import type { HeaderSettings } from './config.js';

/** What becomes of one header. */
export interface HeaderRule {
  /** Whether the change is the same for every request. */
  readonly constant: boolean;
  /** The change for a request; `undefined` when the header is left as it is. */
  change(request: OutgoingRequest): HeaderChange | undefined;
}

/** The file of a header has not been read yet. */
export class NotRead extends Error {
  override readonly name = 'NotRead';
}

/** @param file the file that the header's value is in, if it is in one */
export function headerRule(settings: HeaderSettings, file: FollowedSecret | undefined): HeaderRule {
  const { action, from_metadata: source, name, value } = settings;
  if (action === 'delete') return constant({ action, name });
  if (value !== undefined) return constant({ action, name, value });
  const changeTo = (found: Secret | undefined): HeaderChange | undefined =>
    found === undefined ? undefined : { action, name, value: found };
  if (source !== undefined) {
    return {
      constant: false,
      change: ({ metadata }) => {
        const found = metadata?.reveal(source);
        return changeTo(found === undefined ? settings.default : new Secret(found));
      },
    };
  }
  return {
    constant: false,
    change: () => {
      const current = file?.current;
      if (current === undefined) throw new NotRead(`the value of the header '${name}' has not been read yet`);
      return changeTo(current);
    },
  };
}

const constant = (change: HeaderChange): HeaderRule => ({ constant: true, change: () => change });
