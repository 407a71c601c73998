// An engine that replaces an extension at an even pace until SIGTERM. Arguments: the URL of its module, its
// configuration, replacements a second.
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTH, AUTH_SCOPE, TOKEN } from './configuration.mjs';

const [, , module, config, perSecond] = process.argv;
const { createLogger, Engine } = await import(module);
const logger = await createLogger();
const engine = await Engine.fromConfig(config, { logger });
await engine.start();
logger.info('running');

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const replacing = Number(perSecond) > 0 ? replaceAllTheTime(1_000 / Number(perSecond)) : Promise.resolve();
await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
await replacing;
await engine.stop();

async function replaceAllTheTime(everyMs) {
  for (let number = 1; !stopping.signal.aborted; number++) {
    // Another configuration each time, and the same token.
    await engine.replaceExtension(AUTH_SCOPE, AUTH, { token: TOKEN, previous_token_grace: `${number}s` });
    await sleep(everyMs);
  }
}
