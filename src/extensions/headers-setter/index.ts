export { HeadersSetterConfig, type HeadersSetterSettings } from './config.js';
export { HeadersSetter } from './headers-setter.js';
