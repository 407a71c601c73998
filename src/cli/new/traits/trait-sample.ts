import type { ConfigField } from '../sample.js';

/** A service that a sample injects, as the name of its parameter. */
export type InjectedService = 'clock' | 'log' | 'errors';

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
  /** What the code takes from `node:crypto`. */
  readonly crypto?: readonly string[];
  /** Private fields of the class. */
  readonly state?: string;
  /** Statements of the constructor. */
  readonly setUp?: string;
  /** The body of `start`, for what the extension does while it runs. */
  readonly start?: string;
  /** Methods of the class. */
  readonly members: string;
  /** Functions after the class; the same text of several samples is written once. */
  readonly functions?: string;
  readonly test: TraitTest;
  /** Which node of the example binds it: the one that takes data, or the one that sends it on. */
  readonly boundBy: 'receiver' | 'exporter';
  /** A field that the node needs in its configuration when it binds the trait, as YAML. */
  readonly boundWith?: string;
}

export interface TraitTest {
  /** What the test takes from `otap-dataflow`, beside the trait. */
  readonly imports: readonly string[];
  readonly crypto?: readonly string[];
  /** Calls of `it`, with `harness()` for a started one. */
  readonly cases: string;
}
