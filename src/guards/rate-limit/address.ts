import { isIP, isIPv6 } from 'node:net';

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

/** An entry with a port: IPv4, or IPv6 in brackets, which some proxies also write without a port. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

/**
 * Finds the address of a client that is connected through proxies, each of which has added the address of its own peer at the
 * end of `X-Forwarded-For`. What is left of these entries was sent by the client, so it can be forged.
 *
 * @param peer - `socket.remoteAddress`: the last proxy, or the client itself
 * @param forwardedFor - value of `X-Forwarded-For`, repeated headers joined by commas
 * @param proxies - number of proxies whose entries are believed; 0: none
 * @returns the entry of the first of these proxies; if it is missing or no address, that of the nearest one after it
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  proxies: number,
): string | undefined {
  if (proxies === 0 || forwardedFor === undefined) return peer;
  // As many of the last entries as there are proxies, the first of these proxies first.
  const believed = forwardedFor.split(',').slice(-proxies).map(addressOf);
  return believed.find((address) => address !== null) ?? peer;
}

/** Returns the address of an entry without port and brackets; `null` if it has none (`unknown`, or a name). */
function addressOf(entry: string): string | null {
  const text = entry.trim();
  const [, v4, v6] = WITH_PORT.exec(text) ?? [];
  if (v6 !== undefined) return isIPv6(v6) ? v6 : null;
  const address = v4 ?? text;
  return isIP(address) === 0 ? null : address;
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
