import type { ConfigPath } from '../location.js';
import type { Problem } from '../messages.js';
import type { Span } from '../text/source-text.js';

/** Takes what is wrong with a text before there is a configuration to look places up in. */
export type ReportText = (problem: Problem, at: Span, path?: ConfigPath) => void;
