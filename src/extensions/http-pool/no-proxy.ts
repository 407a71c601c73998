import { BlockList, isIP } from 'node:net';

/** Whether a host is reached without the proxy. */
export type NoProxyRule = (host: string, port: number) => boolean;

const HOST = /^(?:\*?\.)?([^\s:/*[\]]+)(?::(\d{1,5}))?$/;
const BRACKETED = /^\[([^\]]+)\](?::(\d{1,5}))?$/;

/**
 * Reads one entry of a `no_proxy` list: `*`, a domain with all below it, an address, or a network such as
 * `10.0.0.0/8`; a domain and an address may have a port.
 *
 * @returns `undefined` when it is none of these
 */
export function parseNoProxy(entry: string): NoProxyRule | undefined {
  const text = entry.trim().toLowerCase();
  if (text === '*') return () => true;
  if (text.includes('/')) return network(text);
  if (isIP(text) !== 0) return address(text, undefined);
  const bracketed = BRACKETED.exec(text);
  if (bracketed !== null) return address(bracketed[1] as string, bracketed[2]);
  const named = HOST.exec(text);
  if (named === null) return undefined;
  const [, name, port] = named as unknown as [string, string, string | undefined];
  return isIP(name) === 0 ? domain(withoutDot(name), port) : address(name, port);
}

function domain(name: string, port: string | undefined): NoProxyRule {
  return (host, asked) => {
    const wanted = withoutDot(host.toLowerCase());
    return fitsPort(port, asked) && (wanted === name || wanted.endsWith(`.${name}`));
  };
}

function address(text: string, port: string | undefined): NoProxyRule | undefined {
  const family = familyOf(text);
  if (family === undefined) return undefined;
  const list = new BlockList();
  list.addAddress(text, family);
  return (host, asked) => fitsPort(port, asked) && holds(list, host);
}

function network(text: string): NoProxyRule | undefined {
  const [base, bits, ...more] = text.split('/') as [string, string, ...string[]];
  const family = familyOf(base);
  if (family === undefined || more.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (family === 'ipv4' ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return (host) => holds(list, host);
}

function holds(list: BlockList, host: string): boolean {
  const family = familyOf(host);
  return family !== undefined && list.check(host, family);
}

function familyOf(text: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

function fitsPort(wanted: string | undefined, port: number): boolean {
  return wanted === undefined || Number(wanted) === port;
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
