export { HeadersCheckConfig, type HeadersCheckSettings } from './config.js';
export { HeadersCheck } from './headers-check.js';
