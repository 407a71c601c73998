export { HttpPool } from './http-pool.js';
