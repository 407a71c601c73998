import { describe, expect, it } from '@jest/globals';
import { AzureIdentityAuthConfig } from '../../../src/extensions/azure-identity-auth/config.js';

function issues(config: Record<string, unknown>): string[] {
  const { error } = AzureIdentityAuthConfig.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the configuration of azure_identity_auth', () => {
  it('has the defaults of the reference', () => {
    expect(AzureIdentityAuthConfig.parse({})).toEqual({
      method: 'managed_identity',
      scope: 'https://monitor.azure.com/.default',
      startup_timeout: 30_000,
    });
  });

  it.each([
    ['managed_identity', 'managed_identity'],
    ['msi', 'managed_identity'],
    ['managedidentity', 'managed_identity'],
    ['development', 'development'],
    ['dev', 'development'],
    ['developer', 'development'],
    ['cli', 'development'],
    ['workload_identity', 'workload_identity'],
    ['wif', 'workload_identity'],
    ['workloadidentity', 'workload_identity'],
  ])('takes method %s as %s', (name, method) => {
    expect(AzureIdentityAuthConfig.parse({ method: name }).method).toBe(method);
  });

  it.each([
    [{ scope: ' ' }, 'scope: must not be blank'],
    [{ startup_timeout: '0s' }, 'startup_timeout: must be longer than zero'],
    [
      { tenant_id: 't' },
      'tenant_id: has no meaning for method managed_identity; remove it, or use method workload_identity',
    ],
    [
      { method: 'msi', token_file_path: '/f' },
      'token_file_path: has no meaning for method managed_identity; remove it, or use method workload_identity',
    ],
    [
      { method: 'dev', client_id: 'c' },
      'client_id: has no meaning for method development; remove it, or use method managed_identity or workload_identity',
    ],
    [{ colour: 'red' }, ': Unrecognized key: "colour"'],
  ])('refuses %j', (config, issue) => {
    expect(issues(config)).toEqual([issue]);
  });

  it('refuses an unknown method and lists the known ones', () => {
    expect(issues({ method: 'magic', tenant_id: 't' })).toEqual([expect.stringMatching(/^method: .*"wif"/)]);
  });
});
