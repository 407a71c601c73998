import type { Secret } from './secret.js';
import { createTrait, type ExtensionTrait } from './trait.js';

/** Who an admitted caller is. */
export interface Identity {
  /** The caller's name as the authorizer knows it, such as a token's `sub` claim. Not a secret. */
  readonly subject: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * Why a caller is not admitted. `MissingCredential` and `InvalidCredential` say "who are you?" (HTTP 401,
 * gRPC `UNAUTHENTICATED`); `NotPermitted` says "not you" (403, `PERMISSION_DENIED`).
 */
export type DenialReason = 'MissingCredential' | 'InvalidCredential' | 'NotPermitted';

export type AuthorizationDecision =
  | { readonly allowed: true; readonly identity: Identity }
  | { readonly allowed: false; readonly reason: DenialReason };

/** Decides whether the bearer of a token may send data. */
export interface BearerTokenAuthorizer {
  /**
   * @param token the credential of the request without its scheme, or `undefined` when there was none
   * @returns the decision
   * @throws when it cannot decide; the caller then fails closed and lets nothing through (503, `UNAVAILABLE`)
   */
  authorize(token: Secret | undefined): Promise<AuthorizationDecision>;
}

export const BearerTokenAuthorizer: ExtensionTrait<BearerTokenAuthorizer> =
  createTrait<BearerTokenAuthorizer>({
    id: 'BearerTokenAuthorizer',
    name: 'bearer_token_authorizer',
    description: 'Decides whether the bearer of a token may send data.',
    methods: { authorize: 'async' },
    handle: (target) => ({ authorize: (token) => target.counted(target.current.authorize(token)) }),
  });
