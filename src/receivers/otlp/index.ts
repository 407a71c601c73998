export { OtlpReceiver } from './receiver.js';
