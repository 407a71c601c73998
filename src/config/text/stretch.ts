/** A part of a text, as offsets into it. */
export interface Stretch {
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
}
