/** What the host of an address may be: an IPv4 address, an IPv6 address (RFC 4291), or a host name (RFC 1123). */

/** Longest host name in characters (RFC 1035, section 2.3.4). */
export const HOST_NAME_MAX = 253;
/** Longest part of a host name between two dots. */
export const HOST_LABEL_MAX = 63;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
/** Groups of 16 bits in an IPv6 address. */
const GROUPS = 8;
/** Underscores are not in RFC 1123, but containers have such names and resolvers accept them. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/i;
const NUMBER = /^\d+$/;

/** An address, IPv6 without brackets, or a name. */
export function isHost(text: string): boolean {
  return isHostName(text) || isIpv4(text) || isIpv6(text);
}

/** Four decimal numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Without brackets and without zone; the last 32 bits may be an IPv4 address. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const counts = halves.map((half, index) => groupsIn(half, index === halves.length - 1));
  if (counts.includes(undefined)) return false;
  const count = counts.reduce<number>((sum, groups) => sum + (groups ?? 0), 0);
  return halves.length === 2 ? count < GROUPS : count === GROUPS;
}

/** Undefined unless `text` is groups with colons between them. */
function groupsIn(text: string, isEnd: boolean): number | undefined {
  if (text === '') return 0;
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const hasIpv4 = isEnd && isIpv4(last);
  const hexGroups = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hexGroups.every((group) => HEX_GROUP.test(group))) return undefined;
  return hexGroups.length + (hasIpv4 ? 2 : 0);
}

/** A name for the resolver. One whose last part is a number would be read as an IPv4 address by some resolvers. */
export function isHostName(text: string): boolean {
  if (text.length > HOST_NAME_MAX) return false;
  const labels = text.split('.');
  return (
    labels.every((label) => label.length <= HOST_LABEL_MAX && LABEL.test(label)) &&
    !NUMBER.test(labels.at(-1) ?? '')
  );
}
