export { AzureIdentityAuthExtension } from './azure-identity-auth.js';
