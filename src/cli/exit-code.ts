/** What the command's exit says. */
export const ExitCode = Object.freeze({
  /** All went well. */
  OK: 0,
  /** Something failed while it ran, or data was not delivered. */
  RUNTIME_FAILURE: 1,
  /** The configuration or the command line is wrong. */
  BAD_CONFIGURATION: 2,
});

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
