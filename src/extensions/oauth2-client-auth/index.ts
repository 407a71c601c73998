export { OAuth2ClientAuth } from './oauth2-client-auth.js';
