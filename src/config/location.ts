/** A point in a configuration text. */
export interface Location {
  /** The file's name as the user gave it, or `<env:NAME>`, `<yaml>`, `<set>`, `<code>` and the like. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** Keys and indexes from the root of the configuration to a value in it. */
export type ConfigPath = readonly (string | number)[];

/** Where each value of a configuration stood. */
export interface SourceMap {
  /**
   * The place of a value, or of its key; of the nearest enclosing value when it has none of its own;
   * `undefined` when the configuration was composed in code.
   */
  locate(path: ConfigPath, part?: 'key' | 'value'): Location | undefined;
  /** The text of a line, for showing it under a message. Secrets are masked. */
  lineText(location: Location): string | undefined;
  /** The same with the place marked, which masking and cutting may have moved. */
  excerpt?(location: Location): Excerpt | undefined;
  /** What is known of a value beside its place; `undefined` when there is no such value. */
  origin?(path: ConfigPath): ValueOrigin | undefined;
  /** Masks a value, and all below it, wherever a line of the configuration is shown from now on. */
  hide?(path: ConfigPath): void;
}

/** A line as it may be shown. */
export interface Excerpt {
  readonly text: string;
  /** Where the caret stands in `text`, from 1. */
  readonly column: number;
}

/** How a value came to be. */
export interface ValueOrigin {
  /** The value could not be had, which is reported already: say no more about it. */
  readonly failed: boolean;
  /** The value or something in it could not be had, so what is missing in it says nothing. */
  readonly incomplete: boolean;
  /** Its key has no colon behind it, so it may be a value, and is not shown in messages. */
  readonly bare: boolean;
  /** Came at least partly out of a `${...}`, so it may be a secret and is not shown in messages. */
  readonly expanded: boolean;
  /** The text of an expanded value without quotes, before it was read as a number, a truth value or nothing. */
  readonly text: string | undefined;
}

/** The source map of a configuration that was never text. */
export const noSource: SourceMap = Object.freeze({ locate: () => undefined, lineText: () => undefined });

/** A path as people write it: `groups.default.pipelines.main.nodes.in`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
