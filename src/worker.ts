/** What the worker threads of an engine run: this package's components, in the pipelines that the engine gives them. */
import module from 'node:module';
import { workerData } from 'node:worker_threads';
import type { WorkerData } from './engine/workers/worker-data.js';

// What the engine gave to this thread.
const { compileCache } = workerData as WorkerData;
// Before the rest is loaded: a thread does not have it from the one that started it.
if (compileCache !== undefined) module.enableCompileCache(compileCache);
const { builtIns } = await import('./builtins.js');
const { runWorker } = await import('./engine/workers/run-worker.js');
runWorker(builtIns);
