export { TokenBucket } from './token-bucket.js';
export { TokenBucketPerConsumer } from './token-bucket-per-consumer.js';
export { TokenBucketPerWorker } from './token-bucket-per-worker.js';
