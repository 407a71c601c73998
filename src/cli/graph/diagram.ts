/** What a shape of a diagram stands for. */
export type ShapeKind = 'receiver' | 'processor' | 'exporter' | 'extension' | 'one_of';

export interface Shape {
  /** A plain word that no other shape or frame of the diagram has. */
  readonly key: string;
  readonly kind: ShapeKind;
  /** Texts of people, line by line: nothing in them means anything to a notation. */
  readonly lines: readonly string[];
  /** It is declared, and nothing uses it. */
  readonly unused: boolean;
}

/** A frame around what belongs to the engine, a group or a pipeline. */
export interface Frame {
  readonly key: string;
  readonly title: string;
  readonly shapes: readonly Shape[];
  readonly frames: readonly Frame[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** `data` flows along it; a `capability` is bound by it, to what it points at. */
  readonly kind: 'data' | 'capability';
  /** The name of an output or of a trait. */
  readonly label: string | undefined;
}

/** Pipelines, extensions and bindings as shapes and arrows, for any notation. */
export interface Diagram {
  readonly frames: readonly Frame[];
  readonly arrows: readonly Arrow[];
}
