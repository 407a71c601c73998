import type { Signal } from '../signal.js';

export declare function countItems(signal: Signal, bytes: Uint8Array): number;
