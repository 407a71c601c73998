import type { ConfigField } from '../sample.js';

/** Fields that the side which signs tokens and the side which checks them have in common. */
export const keyField: ConfigField = {
  name: 'key',
  schema: 'secret()',
  imports: ['secret'],
  description: 'The key that tokens are signed with (HMAC, SHA-256).',
};

/** What both sides know of the form of a token (JWT, RFC 7519). */
export const signatureFunction = `/** The signature of a token's first two parts. */
function signature(body: string, key: Secret): string {
  return createHmac('sha256', key.reveal()).update(body).digest('base64url');
}
`;
