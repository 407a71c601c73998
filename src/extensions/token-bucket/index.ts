export { TokenBucket } from './token-bucket.js';
export { TokenBucketPerConsumer } from './token-bucket-per-consumer.js';
