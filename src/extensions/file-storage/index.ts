export { FileStorage } from './file-storage.js';
