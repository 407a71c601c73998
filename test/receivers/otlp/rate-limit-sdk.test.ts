import { describe, expect, it } from '@jest/globals';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { limitedReceiver } from './limited-receiver.js';

function recordLogs() {
  const memory = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: memory })] });
  provider.getLogger('checkout').emit({ body: 'paid' });
  return memory.getFinishedLogRecords();
}

describe.each([
  ['protobuf', ProtoLogs],
  ['JSON', JsonLogs],
] as const)("the OpenTelemetry SDK's exporter over HTTP with %s", (_, LogExporter) => {
  it('comes back after Retry-After and gets its data through, without anybody noticing', async () => {
    await using receiver = await limitedReceiver({ rate: 1, interval: '1500ms' }, { unit: 'requests' });
    const exporter = new LogExporter({ url: `http://${receiver.http}/v1/logs` });
    const send = () => new Promise<{ code: number }>((done) => exporter.export(recordLogs(), done));
    expect((await send()).code).toBe(0);
    const began = performance.now();
    const over = send();
    await eventually(() => receiver.log.lines.some(({ level }) => level === 'warn'));
    await receiver.clock.advance(1_500);
    expect((await over).code).toBe(0);
    // Its own first pause is 0.8 s to 1.2 s; the receiver asked for 1.5 s, in whole seconds.
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(receiver.effect.sent).toHaveLength(2);
    await exporter.shutdown();
  });
});
