import { Pdata } from '../../../dist/authoring.js';
import { Channel } from '../../../dist/pipeline/channel.js';
import { Inbox } from '../../../dist/pipeline/inbox.js';
import { PipelineMessage } from '../../../dist/pipeline/message.js';
import { RECORDS } from '../log-request.mjs';

const CAPACITY = 128;

/** Two nodes with a channel between them. */
function hop() {
  const channel = new Channel(CAPACITY);
  const inbox = new Inbox();
  channel.open();
  inbox.add(channel);
  return { channel, inbox };
}

/** Takes n messages as the runners of nodes do, and acks each. */
async function consume(inbox, n) {
  for (let taken = 0; taken < n; taken++) (inbox.tryTake() ?? (await inbox.take())).ack();
}

export function channelBenchmarks(request) {
  const pdata = new Pdata('logs', request, RECORDS);
  return [
    {
      name: 'channel hop with ack, queue never empty',
      run: async (n) => {
        const { channel, inbox } = hop();
        let acked = 0;
        const completion = { ack: () => acked++, nack: () => {} };
        const consumed = consume(inbox, n);
        for (let sent = 0; sent < n; sent++) {
          const queued = channel.send(new PipelineMessage(pdata, completion));
          if (queued !== undefined) await queued;
        }
        await consumed;
        return acked;
      },
    },
    {
      name: 'channel hop with ack, one message at a time',
      run: async (n) => {
        const { channel, inbox } = hop();
        const consumed = consume(inbox, n);
        for (let sent = 0; sent < n; sent++) {
          await new Promise((ack, nack) => {
            channel.send(new PipelineMessage(pdata, { ack, nack }));
          });
        }
        await consumed;
      },
    },
  ];
}
