/**
 * One exploration of the data path over UDP, from a seed to its findings. The laws:
 *
 * - *equality*: when nothing was given up, the trace is byte for byte the one that the same packets make over TCP;
 * - *conservation*: events in the trace and events that it counts as discarded are those that were sent, in order;
 * - *convergence*: soon after the last trouble everything is stored, and both links are still there;
 * - *patience*: without datagrams everything is given up within a while;
 * - *frugality*: it does not take many more datagrams than the packets have parts;
 * - *authenticity*: datagrams of a stranger change nothing, and are counted.
 */
import { PACKET_HEADER_BYTES } from '../../src/ctf/packet.ts';
import { partCount } from '../../src/wire/relay/datagram.ts';
import { type DatagramInput, drawDatagramInput } from './input.ts';
import { DatagramStage, EVENT_BYTES } from './stage.ts';

const STEP_MS = 200;
/** After the last trouble everything is stored within this time. */
const CONVERGENCE_MS = 120_000;
/** What a stranger sends arrives within this time. */
const NOISE_MS = 20;
/** After a blackout so long everything is stored or given up. */
const PATIENCE_MS = 25_000;
const SENT_PER_PART_MAX = 2;
const SENT_MORE_MAX = 100;

interface Finding {
  readonly oracle: string;
  readonly text: string;
}

export interface DatagramOutcome {
  readonly findings: readonly Finding[];
  /** Packets were given up. */
  readonly hasGivenUp: boolean;
}

export function runDatagrams(seed: number): DatagramOutcome {
  const input = drawDatagramInput(seed);
  const stage = new DatagramStage(input);
  const { network } = stage;
  stage.sendNoise();
  stage.pass(NOISE_MS);
  for (const [from, to] of WAYS) {
    const { fates, delayMs, bytesPerSecond } = input;
    network.setFates(from, to, fates);
    const pace = bytesPerSecond === undefined ? {} : { bytesPerSecond };
    network.setPace(from, to, { delayMs, ...pace });
  }
  const impatience = playTroubles(stage, input);
  for (let waited = 0; waited < CONVERGENCE_MS && !stage.isStored; waited += STEP_MS) {
    stage.pass(STEP_MS);
  }
  const { isStored } = stage;
  stage.end();
  const logged = [...stage.traced.log, ...stage.store.log].map(({ event }) => event);
  const hasGivenUp = logged.includes('trace.packetsGivenUp');
  const violations = [...stage.traced.violations, ...stage.store.violations];
  const { sent } = stage;
  const sentMax = SENT_PER_PART_MAX * partsOf(input) + SENT_MORE_MAX;
  const findings = [
    ...impatience,
    ...when(!isStored, 'convergence', 'not everything is stored'),
    ...when(logged.includes('trace.relayLost'), 'convergence', 'a link ended'),
    ...when(logged.includes('peer.cutOff'), 'authenticity', 'a peer was cut off'),
    ...when(!logged.includes('relay.datagramDropped'), 'authenticity', 'nothing was dropped'),
    ...when(violations.length > 0, 'conduct', 'an exception was not caught'),
    ...when(sent > sentMax, 'frugality', `${sent} datagrams, more than ${sentMax}`),
    ...(hasGivenUp ? [] : differences(stage)),
    ...input.streams.flatMap((_, streamId) => lossesOf(stage, input, streamId)),
  ];
  return { findings, hasGivenUp };
}

function when(isBroken: boolean, oracle: string, text: string): readonly Finding[] {
  return isBroken ? [{ oracle, text }] : [];
}

/** The parts of all packets, and of the empty ones that begin the streams. */
function partsOf({ streams }: DatagramInput): number {
  const parts = streams.flatMap((packets) =>
    packets.map(({ events }) => partCount(PACKET_HEADER_BYTES + events * EVENT_BYTES)),
  );
  return parts.reduce((sum, count) => sum + count, streams.length);
}

const WAYS = [
  ['traced', 'store'],
  ['store', 'traced'],
] as const;

function playTroubles(
  stage: DatagramStage,
  { troubles, fates }: DatagramInput,
): readonly Finding[] {
  const { network } = stage;
  let now = 0;
  for (const each of troubles) {
    stage.pass(each.at - now);
    if (each.kind === 'blackout') network.setFates('traced', 'store', { lost: 1000 });
    else {
      if (each.direction !== 'back') network.cut('traced', 'store');
      if (each.direction !== 'there') network.cut('store', 'traced');
    }
    stage.pass(each.forMs);
    now = each.at + each.forMs;
    const isLong = each.kind === 'blackout' && each.forMs >= PATIENCE_MS;
    if (isLong && !stage.isStored)
      return [{ oracle: 'patience', text: 'a stream waits for datagrams that do not come' }];
    network.heal('traced', 'store');
    network.setFates('traced', 'store', fates);
  }
  return [];
}

function differences(stage: DatagramStage): readonly Finding[] {
  const [expected, found] = [stage.files('tcp'), stage.files('udp')];
  if (expected.size === 0) return when(true, 'equality', 'the relay stored nothing');
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names]
    .filter((name) => !isEqual(expected.get(name), found.get(name)))
    .map((name) => ({ oracle: 'equality', text: `${name} differs` }));
}

function isEqual(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  return one.every((byte, at) => byte === other[at]);
}

/** Holds one stream of the trace against what was sent. */
function lossesOf(
  stage: DatagramStage,
  { streams }: DatagramInput,
  streamId: number,
): readonly Finding[] {
  const broken = (text: string): readonly Finding[] =>
    when(true, 'conservation', `stream ${streamId}: ${text}`);
  const bytes = stage.files('udp').get(`default_${streamId}`) ?? new Uint8Array(0);
  const view = new DataView(bytes.buffer);
  const sent = streams[streamId] ?? [];
  let [at, number, events, counted] = [0, 0, 0, 0];
  while (at + PACKET_HEADER_BYTES <= bytes.length) {
    const length = Number(view.getBigUint64(at + 48, true)) / 8;
    const discarded = Number(view.getBigUint64(at + 72, true));
    const isNext = Number(view.getBigUint64(at + 64, true)) === number;
    if (!isNext || discarded < counted || at + length > bytes.length)
      return broken(`packet ${number} is not the next one`);
    const body = length - PACKET_HEADER_BYTES;
    if (body > 0 && view.getUint32(at + PACKET_HEADER_BYTES) !== number)
      return broken(`packet ${number} has the events of another one`);
    events += body / EVENT_BYTES;
    counted = discarded;
    number += 1;
    at += length;
  }
  const owed = sent.reduce((sum, packet) => sum + packet.events + packet.discarded, 0);
  return events + counted === owed
    ? []
    : broken(`of ${owed} events it has ${events}, and counts ${counted}`);
}
