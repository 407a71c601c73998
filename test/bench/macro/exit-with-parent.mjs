// Preloaded into every process of a benchmark: whatever ends the parent, none of them outlives it. The engine's worker
// threads get it too, and have no channel.
process.on('disconnect', () => process.exit(1));
// Listening must not keep a process alive that has done its work.
process.channel?.unref();
