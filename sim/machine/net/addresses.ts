/** Addresses as the simulated network knows them: two texts are one address only if they are equal. */
import { isIpv4, isIpv6 } from '../../../src/base/host.ts';
import type { TcpAddress } from '../../../src/port/network.ts';

const PORT_MAX = 65_535;
/** Lower ports are root's alone. */
export const FREE_PORT_MIN = 1024;

/** An address that stands for all addresses of a host. */
const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::'];

/** Undefined: not a numeric address. */
export function familyOf(host: string): 4 | 6 | undefined {
  if (isIpv4(host)) return 4;
  return isIpv6(host) ? 6 : undefined;
}

export function isUnspecified(host: string): boolean {
  return UNSPECIFIED.includes(host);
}

export function loopbackOf(family: 4 | 6): string {
  return family === 4 ? '127.0.0.1' : '::1';
}

export function isLoopback(host: string): boolean {
  return host === '::1' || (host.startsWith('127.') && familyOf(host) === 4);
}

export function isValid({ host, port }: TcpAddress): boolean {
  const isPort = Number.isInteger(port) && port >= 0 && port <= PORT_MAX;
  return isPort && familyOf(host) !== undefined;
}

export function addressText({ host, port }: TcpAddress): string {
  return familyOf(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
