/**
 * What our relays do beyond LTTng's protocol. A relay announces its extensions in its configuration, in bits that
 * LTTng's peers do not look at; a peer sends the commands of an extension only to a relay that has announced it. So
 * neither LTTng's session daemons and consumers nor LTTng's relays notice them.
 */

/** The bit of each extension in the configuration; LTTng uses the lowest ones. */
const BITS = {
  /** `forward` and `arrive`: R3.8. */
  forward: 32n,
  /** Packets as datagrams, and the commands about them: R3.10. */
  datagrams: 33n,
} as const;

export type Extension = keyof typeof BITS;

export const EXTENSIONS = Object.keys(BITS) as readonly Extension[];

/** Commands of extensions have numbers from here on, far above LTTng's. */
export const EXTENSION_COMMANDS = 0x6c74_0000;
/** The circuit in the header of such a command: it tells one on a data connection from a packet. LTTng writes zero. */
export const EXTENSION_CIRCUIT = 0x6c74_746e_672d_7473n;

export function extensionBits(extensions: readonly Extension[]): bigint {
  return extensions.reduce((bits, extension) => bits | (1n << BITS[extension]), 0n);
}

export function extensionsIn(bits: bigint): readonly Extension[] {
  return EXTENSIONS.filter((extension) => (bits & (1n << BITS[extension])) !== 0n);
}
