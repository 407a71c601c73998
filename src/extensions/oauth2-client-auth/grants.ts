import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  None,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import type { Clock, Secret } from '../../authoring.js';
import { signAssertion } from './assertion.js';
import type { OAuth2ClientAuthSettings } from './config.js';
import { readCredential } from './credential.js';
import { CLIENT_CREDENTIALS, JWT_BEARER } from './rules.js';
import type { TokenEndpoint } from './token-endpoint.js';
import { TokenRequestError } from './token-request-error.js';

/** Obtains one token response. */
export type Grant = (signal: AbortSignal) => Promise<TokenEndpointResponse>;

/** The grant that the configuration asks for. Credentials are read at each call. */
export function createGrant(
  settings: OAuth2ClientAuthSettings,
  endpoint: TokenEndpoint,
  clock: Clock,
): Grant {
  return settings.grant_type === CLIENT_CREDENTIALS
    ? clientCredentials(settings, endpoint)
    : jwtBearer(settings, endpoint, clock);
}

/**
 * RFC 6749, section 4.4. The secret goes into the `Authorization` header, which every server must take; a server
 * that refuses it there gets it in the body, and from then on there first.
 */
function clientCredentials(settings: OAuth2ClientAuthSettings, endpoint: TokenEndpoint): Grant {
  let methods: readonly ((secret: string) => ClientAuth)[] = [ClientSecretBasic, ClientSecretPost];
  return async (signal) => {
    const clientId = (await readCredential(settings, 'client_id')).reveal();
    const secret = await readCredential(settings, 'client_secret');
    let refused: unknown;
    for (const method of methods) {
      const request = {
        clientId,
        clientAuth: method(secret.reveal()),
        grantType: CLIENT_CREDENTIALS,
        parameters: parametersOf(settings),
        secrets: [secret, ...endpointSecrets(settings)],
      };
      try {
        const response = await endpoint.request(request, signal);
        methods = [method, ...methods.filter((other) => other !== method)];
        return response;
      } catch (error) {
        if (!(error instanceof TokenRequestError && error.clientRefused)) throw error;
        // The first answer is shown: it is about the method that all servers know, or that worked last time.
        refused ??= error;
      }
    }
    throw refused;
  };
}

/** RFC 7523, section 2.1. */
function jwtBearer(settings: OAuth2ClientAuthSettings, endpoint: TokenEndpoint, clock: Clock): Grant {
  return async (signal) => {
    const clientId = (await readCredential(settings, 'client_id')).reveal();
    const key = await readCredential(settings, 'client_certificate_key');
    const assertion = await signAssertion(settings, clientId, key, clock.wallTime());
    const parameters = parametersOf(settings);
    parameters.set('assertion', assertion.reveal());
    const request = {
      clientId,
      clientAuth: None(),
      grantType: JWT_BEARER,
      parameters,
      secrets: [assertion, key, ...endpointSecrets(settings)],
    };
    return endpoint.request(request, signal);
  };
}

function parametersOf(settings: OAuth2ClientAuthSettings): URLSearchParams {
  const parameters = new URLSearchParams();
  if (settings.scopes.length > 0) parameters.set('scope', settings.scopes.join(' '));
  for (const [name, value] of Object.entries(settings.endpoint_params)) {
    for (const one of [value].flat()) parameters.append(name, one.reveal());
  }
  return parameters;
}

function endpointSecrets(settings: OAuth2ClientAuthSettings): Secret[] {
  return Object.values(settings.endpoint_params).flat();
}
