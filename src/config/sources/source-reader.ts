import type { Diagnostics } from '../diagnostic.js';
import { readExpansionFiles } from '../expansion/files.js';
import type { ConfigLimits } from '../limits.js';
import type { ConfigPath } from '../location.js';
import { type Problem, yamlProblems } from '../messages.js';
import { brokenMask } from '../text/broken-mask.js';
import { hideSecrets } from '../text/hide.js';
import { MODEL, type Place, placeBelow } from '../text/places.js';
import type { SourceText, Span } from '../text/source-text.js';
import type { Stretch } from '../text/stretch.js';
import { structureMask } from '../text/structure-mask.js';
import type { Tree } from '../tree.js';
import { TreeBuilder } from '../yaml/build.js';
import { isEmpty, parseYaml } from '../yaml/parse.js';
import { shield } from '../yaml/shield.js';
import type { ConfigFiles } from './config-files.js';
import { below, type Prefix } from './nested-prefix.js';

/** Makes texts trees: parsed, expanded, their secrets masked. */
export class SourceReader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #limits: ConfigLimits;
  readonly #diagnostics: Diagnostics;
  readonly #files: ConfigFiles;

  constructor(env: NodeJS.ProcessEnv, limits: ConfigLimits, diagnostics: Diagnostics, files: ConfigFiles) {
    this.#files = files;
    this.#env = env;
    this.#limits = limits;
    this.#diagnostics = diagnostics;
  }

  /** The configuration in a text; `undefined` when there is none, which is then reported. */
  async read(source: SourceText, prefix: Prefix | undefined): Promise<Tree | undefined> {
    const tree = await this.readValue(
      source.span(prefix?.end ?? 0, source.text.length),
      (prefix?.keys ?? []).reduce<Place>((place, { name }) => placeBelow(place, name), MODEL),
    );
    if (tree === undefined) return undefined;
    if (tree === 'empty') {
      this.report(yamlProblems.empty(), source.span(0, 0));
      return undefined;
    }
    const whole = prefix === undefined ? tree : below(prefix, tree);
    hideSecrets(whole);
    return whole;
  }

  /**
   * The value in a stretch of a text. What is wrong with it is reported.
   *
   * @param place what may be seen of the value; of what is not YAML, next to nothing may
   */
  async readValue(span: Span, place: Place): Promise<Tree | 'empty' | undefined> {
    const { source } = span;
    const report = (problem: Problem, at: Span, path: ConfigPath = []) => this.report(problem, at, path);
    const document = parseYaml(span, report);
    if (document === undefined) {
      hideLater(span, brokenMask);
      return undefined;
    }
    hideLater(span, (text) => structureMask(shield(text), text, place));
    if (isEmpty(document)) return 'empty';
    const files = await readExpansionFiles(
      document,
      source.directory,
      this.#files,
      this.#limits.expansionBytes,
    );
    return new TreeBuilder(span, document, { env: this.#env, files }, this.#limits, report).build();
  }

  report({ code, message }: Problem, at: Span | undefined, path: ConfigPath = []): void {
    const location = at?.source.locate(at.start);
    this.#diagnostics.add({ severity: 'error', code, message, path, location });
  }
}

function hideLater({ source, start, end }: Span, mask: (text: string) => readonly Stretch[]): void {
  source.hideLater(() =>
    mask(source.text.slice(start, end)).map((found) => ({
      start: start + found.start,
      end: start + found.end,
    })),
  );
}
