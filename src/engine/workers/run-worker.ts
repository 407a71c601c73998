import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogSource } from '../../extension/catalog.js';
import { closeSocketsAtExit } from './close-sockets.js';
import type { WorkerData } from './worker-data.js';
import { WorkerEngine } from './worker-engine.js';

/**
 * Serves the engine that started this thread, until that ends it.
 *
 * @param builtIns components that are there without a plugin
 * @throws Error when this is no worker thread of an engine
 */
export function runWorker(builtIns: CatalogSource): void {
  if (parentPort === null) throw new Error('this module runs in the worker threads of an engine');
  closeSocketsAtExit();
  // What the engine gave to this thread.
  new WorkerEngine(workerData as WorkerData, builtIns);
}
