export { BatchProcessor } from './batch-processor.js';
export { BatchProcessorConfig, type BatchProcessorSettings } from './config.js';
