/** Counts of the events of a fuzz run. */
export type Counts = Record<string, number>;

export interface Tally {
  /** Blows sent, by kind. */
  readonly sent: Counts;
  /** Cut-offs and refusals, by reason. */
  readonly cutOff: Counts;
  /** Outcomes of the well-behaved peers, by kind. */
  readonly friends: Counts;
  /** Violations. */
  readonly defects: string[];
}

export function newTally(): Tally {
  return { sent: {}, cutOff: {}, friends: {}, defects: [] };
}

export function count(counts: Counts, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

export function add(into: Tally, more: Tally): void {
  for (const part of ['sent', 'cutOff', 'friends'] as const) {
    for (const [key, by] of Object.entries(more[part])) count(into[part], key, by);
  }
  into.defects.push(...more.defects);
}

/** A reason without the parts that differ from peer to peer. */
export function plainReason(reason: string): string {
  return reason
    .replace(/ but received.*/s, '')
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\d+/g, 'N')
    .slice(0, 80);
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, by) => sum + by, 0);
}

export function report(title: string, tally: Tally): string {
  const table = (counts: Counts): string =>
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .map(([key, by]) => `  ${String(by).padStart(9)}  ${key}`)
      .join('\n');
  return [
    `${title}: ${total(tally.sent)} sent, ${total(tally.cutOff)} cut off, ${tally.defects.length} defects`,
    table(tally.sent),
    'cut off because',
    table(tally.cutOff),
    ...(total(tally.friends) === 0 ? [] : ['well-behaved peers', table(tally.friends)]),
    ...tally.defects.map((defect) => `DEFECT ${defect}`),
  ].join('\n');
}
