export { DedupProcessor } from './dedup-processor.js';
