/**
 * Where a session's trace goes, or where a live session is read (R3.1, R3.2, R3.8):
 *
 * | text | meaning |
 * |---|---|
 * | `net://HOST[:CTRL[:DATA]][/SUBDIR]` | control and data over TCP; `net6://` uses IPv6 only |
 * | `tcp://HOST[:PORT][/SUBDIR]` | one stream over TCP; `tcp6://` uses IPv6 only |
 * | `udp://HOST[:PORT][/SUBDIR]` | the data stream over UDP; `udp6://` uses IPv6 only |
 * | `HOP[,HOP…],URI` | the same through other relays, all over TCP: each is one of the above without a sub-directory |
 * | `file://PATH`, anything else | an absolute path, or a file name as it is |
 *
 * An IPv6 address stands in brackets. A comma in a URI of the network ends it; a file name may have commas.
 */

import { isHostName, isIpv4, isIpv6 } from '../base/host.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { utf8ByteLength } from '../base/utf8.ts';
import { PATH_CHARACTERS_MAX } from './limits.ts';

/** The ports of LTTng's relay daemon. */
export const DEFAULT_PORTS = { control: 5342, data: 5343, live: 5344 } as const;
/** Longest text of a destination with its hops. */
export const URI_CHARACTERS_MAX = 8192;
/** Most relays before the last one. */
export const HOPS_MAX = 8;
/** Longest sub-directory, and longest part of it between two slashes. */
export const SUBDIRECTORY_CHARACTERS_MAX = 1024;
export const COMPONENT_BYTES_MAX = 255;
const PORT_MAX = 65_535;

/** What one connection carries. */
export type UriStream = 'control' | 'data' | 'live';
/** What a URI was given for: `both` is control and data together. */
export type UriUse = 'both' | UriStream;

export interface NetworkUri {
  readonly destination: 'ipv4' | 'ipv6' | 'host';
  /** Packets pass a hop on their way to the destination. */
  readonly kind: 'hop' | 'destination';
  readonly stream: UriStream;
  /** With a 6 only IPv6 is used. */
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Below the directory of the session at the destination; empty, or without a slash at either end. */
  readonly subdirectory: string;
}

export interface PathUri {
  readonly destination: 'path';
  readonly kind: 'destination';
  readonly path: string;
}

/** One place on the way of a session's data. */
export type LttngUri = NetworkUri | PathUri;

export interface UriError {
  /** Index of the first character that is wrong; the length of the text when something is missing at its end. */
  readonly position: number;
  /** One sentence. */
  readonly message: string;
}

type Parsed<T> = Result<T, UriError>;
type Scheme = 'net' | 'net6' | NetworkUri['protocol'];

const FILE = 'file://';
const SCHEMES_BY_TEXT: ReadonlyMap<string, Scheme> = new Map(
  (['net', 'net6', 'tcp', 'tcp6', 'udp', 'udp6'] as const).map((scheme) => [scheme, scheme]),
);
const SINGLE: ReadonlySet<Scheme> = new Set<Scheme>(['tcp', 'tcp6']);
const SCHEMES: Readonly<Record<UriUse, ReadonlySet<Scheme>>> = {
  both: new Set<Scheme>(['net', 'net6']),
  control: SINGLE,
  data: new Set<Scheme>([...SINGLE, 'udp', 'udp6']),
  live: new Set<Scheme>([...SINGLE, 'net', 'net6']),
};
const STREAMS: Readonly<Record<UriUse, readonly UriStream[]>> = {
  both: ['control', 'data'],
  control: ['control'],
  data: ['data'],
  live: ['live'],
};
const DIGITS = /^\d{1,5}$/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** The hops and the destination in their order; of each, the control stream before the data stream. */
export function parseUri(text: string, use: UriUse): Parsed<readonly LttngUri[]> {
  if (text.length > URI_CHARACTERS_MAX) {
    return wrong(URI_CHARACTERS_MAX, `it has more than ${URI_CHARACTERS_MAX} characters`);
  }
  if (schemeOf(text) === undefined) return parsePath(text, use);
  const parts = text.split(',');
  const hops = parts.length - 1;
  if (hops > HOPS_MAX) return wrong(0, `it has more than ${HOPS_MAX} hops`);
  const uris: LttngUri[] = [];
  let position = 0;
  for (const [index, part] of parts.entries()) {
    const kind = index < hops ? 'hop' : 'destination';
    const parsed = parsePart(part, { position, kind, use });
    if (!parsed.ok) return parsed;
    if (hops > 0 && parsed.value.some(({ protocol }) => protocol.startsWith('udp'))) {
      return wrong(position, 'the way through a hop is TCP only');
    }
    uris.push(...parsed.value);
    position += part.length + 1;
  }
  return ok(uris);
}

/** The text that {@link parseUri} reads as these entries, when they are its outcome for some text. */
export function printUri(uris: readonly LttngUri[]): string {
  return uris
    .flatMap((uri, index) => {
      if (uri.destination === 'path')
        return [uri.path.startsWith('/') ? FILE + uri.path : uri.path];
      const [before, after] = [networkAt(uris, index - 1), networkAt(uris, index + 1)];
      if (uri.stream === 'data' && before?.stream === 'control') return [];
      const isPair = uri.stream === 'control' && after?.stream === 'data';
      const scheme = isPair ? uri.protocol.replace('tcp', 'net') : uri.protocol;
      const host = uri.destination === 'ipv6' ? `[${uri.host}]` : uri.host;
      const ports = isPair ? `${uri.port}:${after.port}` : uri.port;
      const end = uri.subdirectory === '' ? '' : `/${uri.subdirectory}`;
      return [`${scheme}://${host}:${ports}${end}`];
    })
    .join(',');
}

function networkAt(uris: readonly LttngUri[], index: number): NetworkUri | undefined {
  const uri = uris[index];
  return uri === undefined || uri.destination === 'path' ? undefined : uri;
}

function parsePath(text: string, use: UriUse): Parsed<readonly LttngUri[]> {
  if (use === 'control' || use === 'data') {
    return wrong(0, `the ${use} stream needs an address of the network`);
  }
  const hasScheme = text.slice(0, FILE.length).toLowerCase() === FILE;
  const start = hasScheme ? FILE.length : 0;
  const path = text.slice(start);
  if (path === '') return wrong(start, 'a path is missing');
  if (hasScheme && !path.startsWith('/')) return wrong(start, `${FILE} needs an absolute path`);
  if (path.length > PATH_CHARACTERS_MAX) {
    return wrong(
      start + PATH_CHARACTERS_MAX,
      `a path has at most ${PATH_CHARACTERS_MAX} characters`,
    );
  }
  const nul = path.indexOf('\0');
  if (nul >= 0) return wrong(start + nul, 'a path has no NUL character');
  return ok([{ destination: 'path', kind: 'destination', path }]);
}

/** What a part of the list is, and where in the text it begins. */
interface Part {
  readonly position: number;
  readonly kind: NetworkUri['kind'];
  readonly use: UriUse;
}

function parsePart(text: string, part: Part): Parsed<NetworkUri[]> {
  const { position, kind, use } = part;
  const scheme = schemeOf(text);
  if (scheme === undefined) return wrong(position, 'after a comma comes an address of the network');
  if (!SCHEMES[use].has(scheme)) return wrong(position, unsuitable(scheme, use));
  const start = scheme.length + '://'.length;
  const slash = text.indexOf('/', start);
  const end = slash < 0 ? text.length : slash;
  const host = parseHost(text.slice(start, end), position + start, scheme);
  if (!host.ok) return host;
  const streams = STREAMS[use];
  const portsAt = start + host.value.length;
  const ports = parsePorts(text.slice(portsAt, end), position + portsAt, streams);
  if (!ports.ok) return ports;
  const subdirectory = parseSubdirectory(text.slice(end), position + end, kind);
  if (!subdirectory.ok) return subdirectory;
  return ok(
    streams.map((stream, index) => ({
      destination: host.value.destination,
      kind,
      stream,
      protocol: protocolOf(scheme),
      host: host.value.host,
      port: ports.value[index] ?? DEFAULT_PORTS[stream],
      subdirectory: subdirectory.value,
    })),
  );
}

/** Undefined for a path. */
function schemeOf(text: string): Scheme | undefined {
  return SCHEMES_BY_TEXT.get(text.slice(0, text.indexOf('://')).toLowerCase());
}

function protocolOf(scheme: Scheme): NetworkUri['protocol'] {
  if (scheme === 'net') return 'tcp';
  return scheme === 'net6' ? 'tcp6' : scheme;
}

function unsuitable(scheme: Scheme, use: UriUse): string {
  const isUdp = scheme === 'udp' || scheme === 'udp6';
  if (isUdp && use === 'live') return 'a viewer reads over TCP only';
  if (isUdp) return 'the control stream is TCP only; udp:// is for the data stream';
  if (use === 'both') return `${scheme}:// is for one stream; net:// is for control and data`;
  return `${scheme}:// is for control and data; tcp:// is for the ${use} stream`;
}

interface Host extends Pick<NetworkUri, 'destination' | 'host'> {
  /** Characters that it has in the text. */
  readonly length: number;
}

/** The host at the beginning of `text`, which starts at `position`. */
function parseHost(text: string, position: number, scheme: Scheme): Parsed<Host> {
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    if (close < 0) return wrong(position + text.length, 'a bracket "]" is missing');
    const host = text.slice(1, close);
    if (!isIpv6(host)) return wrong(position + 1, 'in brackets stands an IPv6 address');
    return ok({ destination: 'ipv6', host, length: close + 1 });
  }
  const host = text.split(':', 1)[0] ?? '';
  if (host === '') return wrong(position, 'a host is missing');
  if (isIpv4(host)) {
    if (scheme.endsWith('6'))
      return wrong(position, `${scheme}:// needs an IPv6 address or a name`);
    return ok({ destination: 'ipv4', host, length: host.length });
  }
  if (isIpv6(text)) return wrong(position, 'an IPv6 address stands in brackets');
  if (!isHostName(host)) {
    return wrong(position, 'a host is an address or a name of letters, digits, "-", "_" and "."');
  }
  return ok({ destination: 'host', host, length: host.length });
}

/** The ports of `text`, which is empty or begins with a colon; as many as there are, at most one for each stream. */
function parsePorts(
  text: string,
  position: number,
  streams: readonly UriStream[],
): Parsed<number[]> {
  if (text === '') return ok([]);
  if (!text.startsWith(':')) return wrong(position, 'after the host comes ":" or "/"');
  const ports: number[] = [];
  let at = position + 1;
  for (const digits of text.slice(1).split(':')) {
    const stream = streams[ports.length];
    if (stream === undefined) return wrong(at - 1, 'there is a port too many');
    const port = Number(digits);
    if (!DIGITS.test(digits) || port === 0 || port > PORT_MAX) {
      return wrong(at, `the ${stream} port is a number from 1 to ${PORT_MAX}`);
    }
    ports.push(port);
    at += digits.length + 1;
  }
  return ok(ports);
}

/** The sub-directory of `text`, which is empty or begins with a slash. */
function parseSubdirectory(
  text: string,
  position: number,
  kind: NetworkUri['kind'],
): Parsed<string> {
  const subdirectory = text.slice(1).replace(/\/$/, '');
  if (subdirectory === '') return ok('');
  if (kind === 'hop') return wrong(position, 'a hop has no sub-directory');
  if (subdirectory.length > SUBDIRECTORY_CHARACTERS_MAX) {
    return wrong(
      position + 1 + SUBDIRECTORY_CHARACTERS_MAX,
      `a sub-directory has at most ${SUBDIRECTORY_CHARACTERS_MAX} characters`,
    );
  }
  let at = position + 1;
  for (const component of subdirectory.split('/')) {
    const problem = problemOf(component);
    if (problem !== undefined) return wrong(at, problem);
    at += component.length + 1;
  }
  return ok(subdirectory);
}

function problemOf(component: string): string | undefined {
  if (component === '') return 'a name is missing between two slashes';
  if (component === '.' || component === '..') return `a sub-directory has no part "${component}"`;
  if (CONTROL_CHARACTER.test(component)) return 'a sub-directory has no control characters';
  if (utf8ByteLength(component) > COMPONENT_BYTES_MAX) {
    return `each part of a sub-directory has at most ${COMPONENT_BYTES_MAX} bytes`;
  }
  return undefined;
}

function wrong(position: number, reason: string): { readonly ok: false; readonly error: UriError } {
  return fail({ position, message: `Character ${position + 1}: ${reason}.` });
}
