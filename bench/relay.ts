/**
 * The cost of a relay, ours and LTTng's: its CPU time per gigabyte, and the rate at which it stores what a peer sends
 * over the loopback. Both get the same packets from the same sender, in turn. See `docs/performance.md`.
 *
 * Use: `npm run bench:relay [rounds] [megabytes a round]`.
 */
import { cpuSeconds, machine, median, say, spread, table } from './lib/figures.ts';
import { lttngRelayVersion, type Relay, startRelay } from './lib/relay.ts';
import { RelayPeer } from './lib/relay-peer.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const WARM_ROUNDS = 1;
const MEGABYTES = Number(process.argv[3] ?? 256);
/** A round has at most so many packets: small ones take longer. */
const PACKETS_MAX = 25_000;
/** The time for all rounds with packets of one size: a busy machine gets fewer rounds. */
const SECONDS_MAX = 120;
/** The sub-buffer sizes of LTTng's channels: of a process, of a user, and a large one. */
const PACKET_BYTES = [4096, 131_072, 1_048_576];

/** Megabytes a second, and the relay's CPU seconds a gigabyte. */
async function measure(relay: Relay, packet: Uint8Array): Promise<[number, number]> {
  const peer = await RelayPeer.open(...relay.ports, 'bench');
  const count = Math.min(PACKETS_MAX, Math.ceil((MEGABYTES * 1e6) / packet.byteLength));
  const gigabytes = (count * packet.byteLength) / 1e9;
  const [cpu, from] = [cpuSeconds(relay.pid), performance.now()];
  await peer.stream(packet, count);
  const seconds = (performance.now() - from) / 1000;
  const used = cpuSeconds(relay.pid) - cpu;
  await peer.end();
  relay.clear();
  return [(1000 * gigabytes) / seconds, used / gigabytes];
}

/** Of the medians, of the best figures, and the median of the ratios within each round. */
function ratios([ours = [], others = []]: readonly number[][], best: typeof Math.min): string {
  const within = ours.map((value, round) => value / (others[round] ?? Number.NaN));
  const all = [median(ours) / median(others), best(...ours) / best(...others), median(within)];
  return all.map((ratio) => ratio.toFixed(2)).join(', ');
}

const version = lttngRelayVersion();
say(machine());
say(`lttng-relayd of LTTng: ${version ?? 'not installed, nothing to compare with'}`);
say(`${ROUNDS} rounds of ${MEGABYTES} MB, both in turn; median [least..most].\n`);
const relays = [{ name: 'ours', ...(await startRelay('ours')) }];
if (version !== undefined) relays.push({ name: 'LTTng', ...(await startRelay('LTTng')) });
const rows = [['packets', 'relay', 'CPU seconds a GB', 'ratios', 'MB a second', 'ratios']];
for (const bytes of PACKET_BYTES) {
  const packet = new Uint8Array(bytes).fill(0x5a);
  const rates = relays.map((): number[] => []);
  const costs = relays.map((): number[] => []);
  const endMs = performance.now() + 1000 * SECONDS_MAX;
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    if (round > 0 && performance.now() > endMs) break;
    for (const [at, relay] of relays.entries()) {
      const [rate, cost] = await measure(relay, packet);
      if (round < 0) continue;
      rates[at]?.push(rate);
      costs[at]?.push(cost);
    }
  }
  for (const [at, { name }] of relays.entries()) {
    const [rate = [], cost = []] = [rates[at], costs[at]];
    const isCompared = at === 0 && relays.length > 1;
    const ofCosts = isCompared ? ratios(costs, Math.min) : '';
    const ofRates = isCompared ? ratios(rates, Math.max) : '';
    rows.push([String(bytes), name, spread(cost, 2), ofCosts, spread(rate, 0), ofRates]);
  }
}
say(table(rows));
process.exit(0);
