/** What the worker threads of an engine run: this package's components, in the pipelines that the engine gives them. */
import { builtIns } from './builtins.js';
import { runWorker } from './engine/workers/run-worker.js';

runWorker(builtIns);
