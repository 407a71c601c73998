import { readFileSync } from 'node:fs';

/** The package's manifest, two folders up from here in the sources and in the build alike. */
const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0';

/** What OTLP exporters call themselves (OTLP exporter specification, "User Agent"). */
export const OTLP_USER_AGENT = `OTel-OTLP-Exporter-JavaScript/${version} otap-dataflow/${version}`;
