/**
 * Where a relay forwards to, as its `--forward-to` says it: `HOST[:PORT]`, an IPv6 address in brackets, `*` for every
 * host. Without a port it stands for those of LTTng's relays. HOST is compared with what a peer asks for, not with what
 * a name stands for.
 */
import { isHost, isIpv6 } from '../../base/host.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { DEFAULT_PORTS, PORT_MAX } from '../uri.ts';

export interface ForwardPattern {
  /** In lower case, without brackets; `*`: every host. */
  readonly host: string;
  readonly ports: readonly number[];
}

const FORM = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>[1-9]\d{0,4}))?$/;

/** The error is one sentence. */
export function parseForwardPattern(text: string): Result<ForwardPattern, string> {
  const { host, port } = FORM.exec(text)?.groups ?? {};
  if (host === undefined || Number(port ?? 0) > PORT_MAX) {
    return fail('It is not of the form HOST[:PORT]');
  }
  const isBracketed = host.startsWith('[');
  const bare = isBracketed ? host.slice(1, -1) : host;
  const isMeant = isBracketed ? isIpv6(bare) : bare === '*' || isHost(bare);
  if (!isMeant) return fail('HOST is a name, an address (IPv6 in brackets), or *');
  const ports = port === undefined ? [DEFAULT_PORTS.control, DEFAULT_PORTS.data] : [Number(port)];
  return ok({ host: bare.toLowerCase(), ports });
}

export function forwardPatternText({ host, ports }: ForwardPattern): string {
  const text = host.includes(':') ? `[${host}]` : host;
  return ports.map((port) => `${text}:${port}`).join(', ');
}

export function isForwardedTo(
  patterns: readonly ForwardPattern[],
  { host, port }: { readonly host: string; readonly port: number },
): boolean {
  return patterns.some(
    (pattern) =>
      (pattern.host === '*' || pattern.host === host.toLowerCase()) && pattern.ports.includes(port),
  );
}
