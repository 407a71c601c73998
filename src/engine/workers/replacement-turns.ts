import { keyOf } from './extension-key.js';
import type { ExtensionName } from './questions.js';

/**
 * Who may go first: replacements of one extension come one after another, in the order in which they were asked for; and
 * a worker that is being started serves only what the others serve. Different extensions may be replaced side by side.
 */
export class ReplacementTurns {
  /** How many extensions were replaced so far. */
  #revision = 0;
  /** Of each extension the replacement that was asked for last, whatever became of it. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();
  /** What replacements wait for. */
  readonly #holding = new Set<Promise<void>>();

  /** Replaces when it is the extension's turn. @throws what `replace` throws */
  take<Result>(extension: ExtensionName, replace: () => Promise<Result>): Promise<Result> {
    const key = keyOf(extension);
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(() => this.#take(replace));
    this.#last.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  }

  /**
   * Waits until no replacement is under way, and acts in the step in which that is so: none begins in between.
   *
   * @param act given a number that every replacement changes
   */
  async between<Result>(act: (revision: number) => Result): Promise<Result> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    return act(this.#revision);
  }

  /** Begins no replacement before that. */
  hold(until: Promise<void>): void {
    this.#holding.add(until);
    void until.then(() => this.#holding.delete(until));
  }

  async #take<Result>(replace: () => Promise<Result>): Promise<Result> {
    while (this.#holding.size > 0) await Promise.all(this.#holding);
    const replacing = replace();
    this.#underWay.add(replacing);
    try {
      const replaced = await replacing;
      this.#revision += 1;
      return replaced;
    } finally {
      this.#underWay.delete(replacing);
    }
  }
}
