/**
 * Viewers of live sessions: of each stream they show a contiguous part of what its relay stored, in order and nothing
 * twice, from the beginning if they began there; when they have followed a session to its end, up to the end. What has
 * fallen out of the memory of a relay may be missing, and where it is, the viewer says that packets are. Without
 * faults they show events in the order of their times, and no stream holds the others up.
 */
import { NS_PER_MS, NS_PER_US } from '../../src/base/time.ts';
import type { Emission } from '../ledger/emission.ts';
import type { ThreadAccount } from '../ledger/ledger.ts';
import type { StreamContent } from '../ledger/trace-content.ts';
import type { ShownEvent, ViewAccount } from '../ledger/view-accounts.ts';
import { type Finding, finder } from './finding.ts';

const conservation = finder('conservation');
const liveness = finder('liveness');
const readability = finder('readability');

/** How long an event may take to a viewer, beside two live periods: its way, and a viewer asks again 100 ms later. */
const SHOWN_MS_MAX = 250;
/** The name of a stream in its trace, which is unique among the links of a session: `ust/pid/TRACE/STREAM`. */
const STREAM_NAME = /ust\/pid\/[^/]+\/[^/]+$/;

export interface ViewLaws {
  /** Neither the network nor a host has faults. */
  readonly isCalm: boolean;
  /** The relay has all that it took: it keeps files, or its memory is large enough. */
  readonly isKept: boolean;
  /** Of all hosts. */
  readonly threads: readonly ThreadAccount[];
}

/** `stored`: what the viewer's relay has. */
export function checkView(
  view: ViewAccount,
  stored: readonly StreamContent[],
  laws: ViewLaws,
): Finding[] {
  const byStream = new Map<string, ShownEvent[]>();
  for (const event of view.shown) {
    const name = nameOf(event.stream);
    const known = byStream.get(name);
    if (known === undefined) byStream.set(name, [event]);
    else known.push(event);
  }
  const { seek } = view.settings;
  const findings = [...byStream].flatMap(([name, shown]) =>
    checkStream(
      view,
      shown,
      stored.find(({ file }) => nameOf(file) === name),
      laws.isKept,
    ),
  );
  if (!laws.isKept) findings.push(...checkMissed(view, byStream, stored));
  if (!laws.isCalm) return findings;
  const missed = stored.filter(
    ({ file, events }) => events.length > 0 && !byStream.has(nameOf(file)),
  );
  if (laws.isKept && isWhole(view) && seek === 'beginning') {
    findings.push(
      ...missed.map(({ file }) => conservation(`${view.who} showed nothing of ${file}`)),
    );
  }
  return [...findings, ...checkUndisturbed(view, laws), ...checkPrompt(view, laws)];
}

/** Whether it followed the session to its end. */
export function isWhole({ summary, failure }: ViewAccount): boolean {
  return summary !== undefined && failure === undefined;
}

function checkStream(
  view: ViewAccount,
  shown: readonly ShownEvent[],
  stored: StreamContent | undefined,
  isKept: boolean,
): Finding[] {
  const { who, settings, summary } = view;
  const [first] = shown;
  if (first === undefined) return [];
  if (stored === undefined) {
    return [conservation(`${who} showed ${first.stream}, which its relay does not have`)];
  }
  const { file, events } = stored;
  if (!isKept) {
    if (gapsIn(shown, stored) !== undefined) return [];
    return [conservation(`${who} showed other events of ${file} than its relay took`)];
  }
  const begin = events.findIndex(({ counter }) => counter === first.counter);
  const isPart = shown.every((event, index) => {
    const other = events[begin + index];
    return (
      begin >= 0 &&
      other?.counter === event.counter &&
      other.name === event.name &&
      other.text === event.text
    );
  });
  if (!isPart && (summary?.packetsLeftOut ?? 0) === 0) {
    return [conservation(`${who} showed other events of ${file} than its relay has there`)];
  }
  if (settings.seek === 'beginning' && begin !== 0) {
    return [conservation(`${who} began ${file} with its event ${begin}, not with the first one`)];
  }
  const missing = events.length - begin - shown.length;
  if (!isWhole(view) || missing <= 0) return [];
  return [conservation(`${who} did not show the last ${missing} events of ${file}`)];
}

/**
 * How often events are missing between two that were shown; undefined: not all of them are there, once and in order.
 */
function gapsIn(shown: readonly ShownEvent[], { events }: StreamContent): number | undefined {
  let gaps = 0;
  let at = -1;
  for (const { counter, name, text } of shown) {
    const next = events.findIndex(
      (other, index) =>
        index > at && other.counter === counter && other.name === name && other.text === text,
    );
    if (next < 0) return undefined;
    if (at >= 0 && next > at + 1) gaps += 1;
    at = next;
  }
  return gaps;
}

/** Where events are missing that have fallen out of the relay's memory, the viewer says that packets are. */
function checkMissed(
  { who, summary }: ViewAccount,
  byStream: ReadonlyMap<string, readonly ShownEvent[]>,
  stored: readonly StreamContent[],
): Finding[] {
  if (summary === undefined) return [];
  const gaps = [...byStream].map(([name, shown]) => {
    const content = stored.find(({ file }) => nameOf(file) === name);
    return content === undefined ? 0 : (gapsIn(shown, content) ?? 0);
  });
  const sum = gaps.reduce((all, one) => all + one, 0);
  if (BigInt(sum) <= summary.discardedPackets) return [];
  return [conservation(`${who} does not say of ${sum} gaps that packets are missing there`)];
}

/** Nothing came too late to be in its place, and nothing was left out. */
function checkUndisturbed(
  { who, shown, problems, summary }: ViewAccount,
  { isKept }: ViewLaws,
): Finding[] {
  const late = shown.find(({ epochNs }, index) => epochNs < (shown[index - 1]?.epochNs ?? 0n));
  return [
    ...(isKept ? problems : []).map((text) => readability(`${who} says: ${text}`)),
    ...(late === undefined
      ? []
      : [readability(`${who} showed event ${late.counter} of ${late.stream} after later ones`)]),
    ...(!isKept || (summary?.packetsLeftOut ?? 0) === 0
      ? []
      : [readability(`${who} left packets out, although nothing removes any`)]),
  ];
}

/** A stream without events holds no other up. */
function checkPrompt({ who, settings, startedAt, shown }: ViewAccount, laws: ViewLaws): Finding[] {
  const mostNs = SHOWN_MS_MAX * NS_PER_MS + 2 * settings.liveTimerUs * NS_PER_US;
  const late = shown.find((event) => {
    const emittedAt = emissionOf(laws, event)?.at ?? event.at;
    return event.at - Math.max(emittedAt, startedAt) > mostNs;
  });
  if (late === undefined) return [];
  return [liveness(`${who} showed event ${late.counter} of process ${late.pid} too late`)];
}

function emissionOf(
  { threads }: ViewLaws,
  { pid, counter, name }: ShownEvent,
): Emission | undefined {
  return threads
    .filter((thread) => thread.pid === pid)
    .flatMap(({ emissions }) => emissions)
    .find((emission) => emission.counter === counter && emission.name === name);
}

function nameOf(path: string): string {
  return STREAM_NAME.exec(path)?.[0] ?? path;
}
