/** What runs in a thread of its own to end another one: see `interrupt.ts`. */
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import type { InterrupterData } from './interrupt.js';

// What `interrupt` gave to this thread.
const { thread, source } = workerData as InterrupterData;
const session = new Session();
session.connectToMainThread();
let target: string | undefined;
session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
  if (!workerInfo.title.startsWith(`[worker ${thread}]`)) return;
  target = sessionId;
  const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: source } });
  session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
});
session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId } }) => {
  if (sessionId === target) parentPort?.postMessage('ran');
});
session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
// Whoever started it ends it.
parentPort?.on('message', () => {});
