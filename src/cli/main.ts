#!/usr/bin/env node
import module from 'node:module';

const OLDEST_NODE = 24;

// Checked before anything else is loaded: on an older Node the rest would fail with a puzzling error.
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(`dataflow needs Node ${OLDEST_NODE} or later; this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  // Every start after the first reads compiled code, which is quicker.
  module.enableCompileCache();
  if (process.argv[2] === 'run') (await import('./garbage-collection.js')).preferQuickCollections();
  // Whoever reads the output may have gone, as `head` does, which is no failure. A full disk is one, though not of what
  // runs.
  let unwritten = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      unwritten ||= code !== 'EPIPE';
    });
  }
  const { runCommand } = await import('./program.js');
  const exitCode = await runCommand(process.argv.slice(2));
  // A component that was given up may hold a socket or a timer for ever; what was written still goes out first.
  process.stdout.write('', () =>
    setImmediate(() => process.exit(exitCode === 0 && unwritten ? 1 : exitCode)),
  );
}
