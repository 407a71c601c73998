import { Concatenation } from './concatenation.mjs';

/**
 * What both floors are: takes messages, sends batches, and on SIGTERM what is left, then ends. Nothing is checked,
 * counted, bounded or tried again. A batch that is not accepted ends the process in failure.
 *
 * @param send sends one batch: its pieces and its size; a promise of its acceptance
 * @param serve starts the server and resolves to its port; gets the function that takes a message's pieces
 */
export async function forward(send, serve) {
  const underWay = new Set();
  const concatenation = new Concatenation((pieces, bytes) => {
    const sending = send(pieces, bytes).catch(fail);
    underWay.add(sending);
    sending.then(() => underWay.delete(sending));
  });
  const port = await serve((pieces) => concatenation.add(pieces));
  process.once('SIGTERM', async () => {
    concatenation.flush();
    await Promise.all(underWay);
    process.exit(0);
  });
  process.send({ port });
}

function fail(error) {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
