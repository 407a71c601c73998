export { RedisStorage } from './redis-storage.js';
