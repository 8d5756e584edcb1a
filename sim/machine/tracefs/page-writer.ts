/** Writes a page as the kernel does: what `PageReader` must read. */

export type PageItem =
  | { readonly kind: 'record'; readonly delta: number; readonly payload: Uint8Array }
  | { readonly kind: 'discarded'; readonly delta: number; readonly bytes: number }
  | { readonly kind: 'extend'; readonly delta: number }
  | { readonly kind: 'stamp'; readonly time: bigint };

export interface PageParts {
  readonly begin: bigint;
  readonly bytes: number;
  readonly lost?: number | 'unknown';
  readonly items: readonly PageItem[];
}

const HEADER_BYTES = 16;
const SHORT_BYTES_MAX = 28 * 4;
const DELTA_SPAN = 2 ** 27;
const LOST_FLAG = 2 ** 31;
const LOST_COUNT_FLAG = 2 ** 30;

/** Bytes of the record of a payload. */
export function recordBytes(payload: number): number {
  const padded = Math.ceil(payload / 4) * 4;
  return padded + (padded > 0 && padded <= SHORT_BYTES_MAX ? 4 : 8);
}

/** Throws when the items do not fit. */
export function writePage({ begin, bytes, lost = 0, items }: PageParts): Uint8Array {
  const page = new Uint8Array(bytes);
  const view = new DataView(page.buffer);
  let at = HEADER_BYTES;
  const word = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const header = (type: number, delta: number): void => word(delta * 32 + type);
  for (const item of items) {
    switch (item.kind) {
      case 'record': {
        const padded = Math.ceil(item.payload.length / 4) * 4;
        const isShort = padded > 0 && padded <= SHORT_BYTES_MAX;
        header(isShort ? padded / 4 : 0, item.delta);
        if (!isShort) word(item.payload.length + 4);
        page.set(item.payload, at);
        at += padded;
        break;
      }
      case 'discarded':
        header(29, item.delta);
        word(item.bytes);
        at += item.bytes - 4;
        break;
      case 'extend':
        header(30, item.delta % DELTA_SPAN);
        word(Math.floor(item.delta / DELTA_SPAN));
        break;
      case 'stamp': {
        const low = item.time & (2n ** 59n - 1n);
        header(31, Number(low % BigInt(DELTA_SPAN)));
        word(Number(low / BigInt(DELTA_SPAN)));
        break;
      }
    }
  }
  view.setBigUint64(0, begin, true);
  const counted = typeof lost === 'number' && lost > 0 && at + 8 <= bytes;
  if (counted) view.setBigUint64(at, BigInt(lost), true);
  const flags = lost === 0 ? 0 : LOST_FLAG + (counted ? LOST_COUNT_FLAG : 0);
  view.setUint32(8, at - HEADER_BYTES + flags, true);
  return page;
}
