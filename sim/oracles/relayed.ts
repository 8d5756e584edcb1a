/** What a sender emitted, against what its relay has of it. */
import type { SenderAccount } from '../ledger/relay-accounts.ts';
import type { StreamContent } from '../ledger/trace-content.ts';
import { type Finding, finder } from './finding.ts';

const conservation = finder('conservation');

/** `streams`: those of the sender's session at its relay, one for each link that stored something. */
export function checkSender(sender: SenderAccount, streams: readonly StreamContent[]): Finding[] {
  return [
    ...streams.flatMap((stream) => checkStream(sender, stream)),
    ...checkWhole(sender, streams),
  ];
}

/** Events are undamaged, and in the order in which they were emitted, each once. */
function checkStream({ who, emissions }: SenderAccount, stream: StreamContent): Finding[] {
  const findings: Finding[] = [];
  let [last, latest] = [-1, 0n];
  for (const { counter, name, text, timestamp } of stream.events) {
    const emitted = emissions[counter];
    if (emitted === undefined || emitted.name !== name || emitted.text !== text) {
      findings.push(
        conservation(`${stream.file} has an event ${counter} that ${who} never emitted`),
      );
    }
    if (counter <= last || timestamp < latest) {
      findings.push(conservation(`${stream.file} has event ${counter} of ${who} after ${last}`));
    }
    [last, latest] = [counter, timestamp];
  }
  return findings;
}

/** When the sender has ended, each event is there or counted as lost. */
function checkWhole(
  { who, emissions, doneAt, links }: SenderAccount,
  streams: readonly StreamContent[],
): Finding[] {
  if (doneAt === undefined) return [];
  const enabled = emissions.filter(({ isEnabled }) => isEnabled);
  const there = new Set(streams.flatMap(({ events }) => events.map(({ counter }) => counter)));
  const missing = enabled.filter(({ counter }) => !there.has(counter)).length;
  const discarded = streams.reduce((sum, stream) => sum + stream.discarded, 0);
  const isOverwriting = streams.some(({ lostPackets }) => lostPackets > 0);
  if (isOverwriting || missing === discarded) return [];
  // A link that begins again tells of the same losses as the one before it.
  if (links.length > 1 && missing < discarded) return [];
  const counted = `${missing} of ${enabled.length} events are missing, ${discarded} are counted`;
  return [conservation(`of ${who}, ${counted} as lost`)];
}
