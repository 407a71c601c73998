import type { ConfigField } from '../sample.js';

/** A service that a sample injects, as the name of its parameter. */
export type InjectedService = 'clock' | 'log' | 'errors';

/** Names by the modules that they are imported from. */
export type Modules = Readonly<Record<string, readonly string[]>>;

/** How a new extension implements one trait: working code that several samples can share a class with. */
export interface TraitSample {
  /** The trait's name in YAML. */
  readonly name: string;
  /** The trait's identifier. */
  readonly id: string;
  /** What the extension does by it, as the end of a sentence about it. */
  readonly does: string;
  readonly fields: readonly ConfigField[];
  /** A value for each field that has to be given, as in a test. */
  readonly config: Readonly<Record<string, string | number>>;
  readonly services: readonly InjectedService[];
  /** What the code takes from `otap-dataflow`, beside the trait, its decorator and the services. */
  readonly imports: readonly string[];
  /** What the code takes from other modules, by their names. */
  readonly modules?: Modules;
  /** Packages among those, each also one that `otap-dataflow` itself depends on. */
  readonly dependencies?: readonly string[];
  /** Private fields of the class. */
  readonly state?: string;
  /** Statements of the constructor. */
  readonly setUp?: string;
  /** Statements at the beginning of `start`, before any sample waits for anything. */
  readonly opening?: string;
  /** The body of `start`, for what the extension does while it runs. Of several the next one follows at the stop. */
  readonly start?: string;
  /** Methods of the class. */
  readonly members: string;
  /** Functions after the class; the same text of several samples is written once. */
  readonly functions?: string;
  readonly test: TraitTest;
  /** Which node of the example binds it: the one that takes data, the one that remembers it, or the one that sends it on. */
  readonly boundBy: 'receiver' | 'processor' | 'exporter';
  /** A field that the node needs in its configuration when it binds the trait, as YAML. */
  readonly boundWith?: string;
}

export interface TraitTest {
  /** What the test takes from `otap-dataflow`, beside the trait. */
  readonly imports: readonly string[];
  readonly modules?: Modules;
  /** Calls of `it`, with `harness()` for a started one. */
  readonly cases: string;
}
