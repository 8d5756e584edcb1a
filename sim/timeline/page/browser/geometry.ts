/** Positions of lanes: each has a row for the entries of its process, and rows for its actors. */
import type { PageLane } from './data.ts';

export interface LaneRow {
  readonly top: number;
  readonly height: number;
  /** Vertical middle of the process's own row. */
  readonly middle: number;
  /** Top of a row of actors. */
  readonly actorTop: (row: number) => number;
}

export interface Geometry {
  /** Of each lane, by its index; lanes are drawn host by host. */
  readonly rows: readonly LaneRow[];
  /** The hosts of a run with several, with the top of each one's heading. */
  readonly hosts: readonly { readonly name: string; readonly top: number }[];
  readonly hostHeight: number;
  readonly height: number;
  readonly labelWidth: number;
  readonly axisHeight: number;
  readonly actorHeight: number;
}

export function createGeometry(lanes: readonly PageLane[]): Geometry {
  const [axisHeight, ownHeight, actorHeight, gap, labelWidth] = [22, 24, 17, 8, 210];
  const hostHeight = 26;
  const rows: LaneRow[] = [];
  const hosts: { name: string; top: number }[] = [];
  let top = axisHeight + gap / 2;
  for (const name of new Set(lanes.map(({ host }) => host))) {
    if (name !== undefined) {
      hosts.push({ name, top });
      top += hostHeight;
    }
    for (const [index, { host, rows: actorRows }] of lanes.entries()) {
      if (host !== name) continue;
      const laneTop = top;
      const height = ownHeight + actorRows.length * actorHeight;
      rows[index] = {
        top: laneTop,
        height,
        middle: laneTop + ownHeight / 2,
        actorTop: (row) => laneTop + ownHeight + row * actorHeight,
      };
      top += height + gap;
    }
  }
  return { rows, hosts, hostHeight, height: top, labelWidth, axisHeight, actorHeight };
}

/** The hue of a text; the same on every page. */
export function hueOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0;
  }
  return (hash * 137) % 360;
}

/** `session-65531f29`: ids of actors without the tail of a UUID. */
export function shortName(actor: string): string {
  return actor.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, '$1');
}
