// An application that embeds the engine, in a process of its own. Needs the built package.
// Started by fork with the configuration as JSON; answers each message { id, call, args } with { id, value } or { id, error }.
import { Engine } from '../../../dist/index.js';
import { FakeClock } from '../../../dist/testing/index.js';

const plugin = new URL('./plugin.mjs', import.meta.url).pathname;
const log = [];
const line =
  (level, fields) =>
  (message, more = {}) =>
    log.push({ level, message, ...fields, ...more });
const logger = (fields) => ({
  debug: () => {},
  info: line('info', fields),
  warn: line('warn', fields),
  error: line('error', fields),
  child: (more) => logger({ ...fields, ...more }),
});

let engine;
/** The clock of the engine's thread, when it stands still; workers have the real one. */
const clock = new FakeClock();
const calls = {
  create: async (config, fakeClock) => {
    const options = { plugins: [plugin], logger: logger({}), ...(fakeClock ? { clock } : {}) };
    engine = await Engine.fromConfig(config, options);
  },
  advance: (ms) => clock.advance(ms),
  start: () => engine.start(),
  replace: (scope, name, config) => engine.replaceExtension(scope, name, config),
  reload: (config) => engine.reload(config),
  summary: () => engine.summary,
  extensions: () => engine.extensions,
  errors: () => engine.errors.map(({ message }) => message),
  failed: () => engine.failed.then(({ message }) => message),
  stop: (options) => engine.stop(options),
  log: () =>
    log.map(({ error, ...rest }) => (error === undefined ? rest : { ...rest, error: error.message })),
};

process.on('message', async ({ id, call, args }) => {
  try {
    process.send({ id, value: await calls[call](...args) });
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, kind: error.kind } });
  }
});
process.on('disconnect', () => process.exit());
