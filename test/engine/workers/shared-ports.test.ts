import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { SharedPorts } from '../../../src/engine/workers/shared-ports.js';
import { freePort } from '../../fixtures/free-port.js';

/** A server of a receiver with this name. */
const server = (receiver: string, host: string, port: number) => ({
  key: `${receiver}@${host}:${port}`,
  receiver: `receiver '${receiver}'`,
  host,
  port,
});

/** What becomes of two receivers that want to listen at the same moment: the port, or why not. */
async function both(one: string, other: string, port: number): Promise<readonly unknown[]> {
  const ports = new SharedPorts();
  const asked = [ports.portOf(server('one', one, port)), ports.portOf(server('two', other, port))];
  const settled = await Promise.allSettled(asked);
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)));
}

describe('the ports that workers share', () => {
  it.each([
    ['127.0.0.1', 'localhost', '127.0.0.1'],
    ['localhost', '127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.1', '127.0.0.1'],
    ['::1', '0:0:0:0:0:0:0:1', '[::1]'],
    ['127.0.0.1', '0.0.0.0', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1', '0.0.0.0'],
    ['0:0:0:0:0:0:0:0', '127.0.0.1', '[::]'],
    ['::1', '::', '[::1]'],
    ['::ffff:127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ])(
    'are refused to a second receiver whose address takes in that of the first: %s and %s',
    async (one, other, shown) => {
      const port = await freePort();
      expect(await both(one, other, port)).toEqual([
        port,
        `Error: receiver 'one' listens at ${shown}:${port} already`,
      ]);
    },
  );

  it.each([
    ['127.0.0.1', '127.0.0.2'],
    ['0.0.0.0', '::1'],
  ])('are given to receivers with nothing in common: %s and %s', async (one, other) => {
    const port = await freePort();
    expect(await both(one, other, port)).toEqual([port, port]);
  });

  it('are the same for all who ask for one server, and others for other servers', async () => {
    const ports = new SharedPorts();
    const chosen = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        Promise.all([0, 1].map(() => ports.portOf(server(`of ${index}`, '127.0.0.1', 0)))),
      ),
    );
    for (const [one, other] of chosen) expect(one).toBe(other);
    expect(new Set(chosen.flat()).size).toBe(20);
  });

  it('are refused to a second server of one receiver, with the code of a port in use', async () => {
    const port = await freePort();
    const ports = new SharedPorts();
    await ports.portOf(server('one', '127.0.0.1', port));
    const second = { ...server('one', '127.0.0.1', port), key: 'another' };
    await expect(ports.portOf(second)).rejects.toMatchObject({
      message: `another server of this receiver listens at 127.0.0.1:${port} already`,
      code: 'EADDRINUSE',
    });
  });

  it('are not taken from another process, and free again when that has gone', async () => {
    const port = await freePort();
    const ports = new SharedPorts();
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(port, '127.0.0.1', resolve);
    });
    await expect(ports.portOf(server('one', 'localhost', port))).rejects.toThrow(/^listen EADDRINUSE/);
    await new Promise((resolve) => other.close(resolve));
    expect(await ports.portOf(server('one', 'localhost', port))).toBe(port);
  });
});
