import { isIPv6 } from 'node:net';

/** An IPv4 address as a socket that listens on IPv6 reports it (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const GROUPS = 8;

/** Groups of an IPv6 address that identify a network: its owner can choose the others freely. */
const NETWORK_GROUPS = 4;

/**
 * Identifies a caller by address: the IPv4 address, in either of its forms, or the /64 network of an IPv6 address.
 *
 * @param address - `socket.remoteAddress`; `undefined` if the connection is already closed
 */
export function callerOf(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [start = '', end] = address.replace(/%.*$/, '').split('::');
  const before = groupsOf(start);
  const after = groupsOf(end ?? '');
  const zeros = Array<string>(Math.max(GROUPS - before.length - after.length, 0)).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** An IPv4 address at the end stands for two groups. */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.replace(/[\d.]+\.[\d.]+$/, '0:0').split(':');
}
