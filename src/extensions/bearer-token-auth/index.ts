export { BearerTokenAuth } from './bearer-token-auth.js';
