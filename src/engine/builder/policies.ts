/** Policies of a scope, as they would stand in a file. What is given replaces what a wider scope says of it. */
export interface ComposedPolicies {
  readonly channel_capacity?: { readonly pdata?: number };
  readonly resources?: {
    /** How many instances of a pipeline run, each in a worker thread; one, in the engine's own, unless it is said. */
    readonly core_allocation?:
      | { readonly type: 'all_cores' }
      | { readonly type: 'core_count'; readonly count: number }
      | {
          readonly type: 'core_set';
          readonly set: readonly { readonly start: number; readonly end: number }[];
        };
  };
  /** What becomes of a worker thread that dies. Times are durations, such as `250ms`. */
  readonly runtime_recovery?: {
    readonly enabled?: boolean;
    readonly max_restarts?: number;
    readonly initial_backoff?: string;
    readonly max_backoff?: string;
    readonly startup_timeout?: string;
    readonly reset_after?: string;
  };
}

/** `policies:` of a scope; nothing when none were given. */
export const policiesField = (policies: ComposedPolicies | undefined): object =>
  policies === undefined ? {} : { policies };
