import type { TokenCredential } from '@azure/identity';
import type { AzureEnvironment } from './azure-text.js';
import { cancellableAgent } from './cancellable-agent.js';
import type { AzureIdentityAuthSettings } from './config.js';
import { cleanLibraryLog } from './library-log.js';

/** Makes the credential for one token request, which ends when the signal aborts. */
export type CredentialFactory = (signal: AbortSignal) => TokenCredential;

/** How long `az` and `azd` may take; they cannot be cancelled. */
const COMMAND_TIMEOUT_MS = 30_000;

/** Waiting and trying again is the refresh engine's, so that a struggling endpoint is not asked more than it says. */
const NO_RETRIES = { maxRetries: 0 } as const;

/**
 * Prepares the credential that the configuration asks for. Loads Azure's library, which is large.
 *
 * A credential serves one request: it caches tokens, and the federated token for five minutes, and would hand out
 * what is about to expire or was replaced.
 *
 * @throws Error when a workload identity lacks something, saying what and where to set it
 */
export async function loadCredentialFactory(
  settings: AzureIdentityAuthSettings,
  environment: AzureEnvironment,
): Promise<CredentialFactory> {
  const azure = await import('@azure/identity');
  cleanLibraryLog(azure.logger, environment);
  switch (settings.method) {
    case 'managed_identity': {
      const clientId = settings.client_id;
      // Service Fabric's endpoint is https, for which the agent is not made; every other one is plain http.
      const local = environment['IDENTITY_ENDPOINT']?.startsWith('https:') !== true;
      const options = { retryOptions: NO_RETRIES, ...(local ? { agent: cancellableAgent } : {}) };
      return () =>
        new azure.ManagedIdentityCredential(clientId === undefined ? options : { ...options, clientId });
    }
    case 'development': {
      const options = { processTimeoutInMs: COMMAND_TIMEOUT_MS };
      return () =>
        new azure.ChainedTokenCredential(
          new azure.AzureCliCredential(options),
          new azure.AzureDeveloperCliCredential(options),
        );
    }
    case 'workload_identity': {
      const identity = workloadIdentity(settings, environment);
      return (signal) =>
        new azure.WorkloadIdentityCredential({
          ...identity,
          retryOptions: NO_RETRIES,
          // The authority is what the operator set. Asking the public cloud about it would fail in any other.
          disableInstanceDiscovery: true,
          additionalPolicies: [{ policy: endingWith(signal), position: 'perCall' }],
        });
    }
  }
}

interface WorkloadIdentity {
  readonly clientId: string;
  readonly tenantId: string;
  readonly tokenFilePath: string;
}

function workloadIdentity(
  settings: AzureIdentityAuthSettings,
  environment: AzureEnvironment,
): WorkloadIdentity {
  const missing: string[] = [];
  const value = (field: 'client_id' | 'tenant_id' | 'token_file_path', variable: string): string => {
    const found = settings[field] ?? environment[variable];
    if (found === undefined || found === '') missing.push(`${field} (or ${variable})`);
    return found ?? '';
  };
  const identity = {
    clientId: value('client_id', 'AZURE_CLIENT_ID'),
    tenantId: value('tenant_id', 'AZURE_TENANT_ID'),
    tokenFilePath: value('token_file_path', 'AZURE_FEDERATED_TOKEN_FILE'),
  };
  if (missing.length > 0) {
    throw new Error(
      `method workload_identity needs ${missing.join(' and ')}; set it in the configuration or the environment`,
    );
  }
  return identity;
}

interface CancellableRequest {
  abortSignal?: unknown;
}

/** A step of the library's HTTP pipeline that ends a request with our signal as well as with the library's own. */
function endingWith(signal: AbortSignal) {
  return {
    name: 'cancelTokenRequest',
    sendRequest<Request extends CancellableRequest, Response>(
      request: Request,
      next: (request: Request) => Promise<Response>,
    ): Promise<Response> {
      const own = request.abortSignal;
      request.abortSignal = own instanceof AbortSignal ? AbortSignal.any([own, signal]) : signal;
      return next(request);
    },
  };
}
