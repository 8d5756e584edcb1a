/** N5: viewers on another host follow a live session, of which applications come and go. */
import {
  LIVE_MEMORY_BYTES_MIN,
  LIVE_MEMORY_PACKET_SHARE,
  LIVE_MEMORY_STREAM_SHARE,
} from '../../src/relay/limits.ts';
import type { ChannelSettings } from '../../src/wire/common.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { drawNetworkFaults } from '../input/fault-draw-network.ts';
import { NETWORK_FAULT_LABELS } from '../input/network-fault.ts';
import type { RelaySettings } from '../input/relay.ts';
import type { HostInput, HostPlace, Scenario, ScriptStep } from '../input/scenario.ts';
import { convergence, tolerantOfLinks } from './moved-outputs.ts';
import { ALPHA, BETA, relayHost, STORE, tracedHost } from './networks.ts';
import {
  applicationsUntil,
  DURATION_MS,
  enabling,
  operationsAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SESSION = 'web';
const LONG_MS = 4 * DURATION_MS;
/** Viewers begin no later, and give up when they find nothing to follow then. */
const VIEWS_FROM_MS_MAX = LONG_MS - DURATION_MS;

export const n5: Scenario = {
  id: 'N5',
  title: 'viewers follow a live session on its relay',
  marks: [
    'event-relayed',
    'event-viewed',
    'viewed-from-now',
    'viewed-to-the-end',
    'viewer-missed-packets',
  ],
  draw: (seed) => {
    const draws = new Draw(seed);
    const liveTimerUs = draws.of('period').pick([2000, 10_000, 50_000, 200_000]);
    const applications = draws.of('applications');
    const startsMs = LONG_MS - DURATION_MS;
    const steps = applicationsUntil(applications, 4, { startsMs, lastsMs: LONG_MS });
    const { users, groups, scripts } = tracedHost([['alice', 1001, steps]]);
    const part = draws.of('commands');
    const channel = part.channel('small');
    const commands = commandsOf(part, channel, liveTimerUs);
    return {
      seed,
      users,
      groups,
      scripts: [...scripts, { user: 'alice', steps: commands }],
      samplesAt: [...samplesOf(draws.of('samples')), LONG_MS],
      network: {
        place: ALPHA,
        others: [
          viewersOn(BETA, draws.of('viewers'), liveTimerUs),
          relayHost(STORE, draws.of('store'), memoryOf(draws.of('memory'), channel)),
        ],
      },
    };
  },
};

/** Half of the relays keep live sessions in memory; half of these have room for a few whole packets of a stream. */
function memoryOf(
  part: PartDraw,
  { shape }: ChannelSettings,
): Pick<RelaySettings, 'liveMemoryBytes'> {
  const small = 2 * LIVE_MEMORY_PACKET_SHARE * LIVE_MEMORY_STREAM_SHARE * shape.subbufferBytes;
  const liveMemoryBytes = part.pick([undefined, undefined, LIVE_MEMORY_BYTES_MIN, small]);
  return liveMemoryBytes === undefined ? {} : { liveMemoryBytes };
}

function commandsOf(part: PartDraw, channel: ChannelSettings, liveTimerUs: number): ScriptStep[] {
  const relay = { control: 'tcp://store:5342', data: 'tcp://store:5343' };
  const [session, end] = [SESSION, LONG_MS];
  return [
    operationsAt(SERVING_MS, [
      { op: 'session.create', name: SESSION, relay, liveTimerUs },
      {
        op: 'channel.add',
        session,
        channel: { ...channel, shape: { ...channel.shape, overwrite: false } },
      },
      enabling(SESSION, channel.name),
      { op: 'session.start', session },
    ]),
    operationsAt(end, [{ op: 'session.stop', session }]),
    operationsAt(end + part.between(0, DURATION_MS), [{ op: 'session.destroy', session }]),
  ];
}

function viewersOn(
  place: HostPlace,
  part: PartDraw,
  liveTimerUs: number,
): HostInput & { readonly place: HostPlace } {
  const steps = Array.from({ length: part.between(1, 2) }, (): ScriptStep => {
    const seek = part.pick(['beginning', 'beginning', 'last'] as const);
    const view = { relay: 'store', session: SESSION, seek, liveTimerUs, untilMs: LONG_MS };
    return { at: part.between(0, VIEWS_FROM_MS_MAX), do: 'view', view };
  }).toSorted((one, other) => one.at - other.at);
  return { place, ...tracedHost([['vera', 1005, steps]]) };
}

/** N5 with faults of the network: what was shown is still what its relay has. */
export const nf5: Scenario = {
  id: 'NF5',
  title: 'N5 with faults of the network',
  marks: ['event-relayed', 'event-viewed', 'viewed-to-the-end', 'viewer-lost-relay'],
  labels: NETWORK_FAULT_LABELS,
  draw: (seed) => {
    const { network, scripts, ...input } = n5.draw(seed);
    const draws = new Draw(seed, 'N5 ');
    const faults = drawNetworkFaults(draws, {
      durationMs: LONG_MS,
      senders: draws.of('cut off').chance(3) ? ['alpha'] : ['beta', 'alpha'],
      relays: ['store'],
    });
    const later = { user: 'alice', steps: convergence(90_000) };
    return {
      ...input,
      scripts: [...scripts.map(tolerantOfLinks), later],
      ...(network === undefined ? {} : { network: { ...network, faults } }),
    };
  },
};
