// Runs one instance in a process of its own and prints the digest of its token, or why there is none.
import { createHash } from 'node:crypto';
import { TraitError } from '../../../src/authoring.js';
import { SystemClock } from '../../../src/extension/clock.js';
import { AzureIdentityAuthConfig } from '../../../src/extensions/azure-identity-auth/config.js';
import { AzureIdentityAuthExtension } from '../../../src/extensions/azure-identity-auth/index.js';
import { CapturedLogger, TestExtensionContext } from '../../../src/testing/index.js';

const settings = AzureIdentityAuthConfig.parse(JSON.parse(process.argv[2] ?? '{}'));
const log = new CapturedLogger();
const ctx = new TestExtensionContext();
const auth = new AzureIdentityAuthExtension(settings, log, new SystemClock(), {
  create: (trait, reason, options) => new TraitError('azure', trait.name, reason, options),
});
const running = auth.start(ctx);
while (!ctx.isReady && log.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
try {
  const token = await auth.getToken();
  console.log(createHash('sha256').update(token.secret.reveal()).digest('hex'));
} catch (error) {
  console.log(error);
}
ctx.stop();
await running;
console.log(log.text);
