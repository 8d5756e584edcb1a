/**
 * The cost of a relay, ours and LTTng's: the rate at which it stores what a peer sends over the loopback, and its CPU
 * time per gigabyte. Both get the same packets from the same sender, in turn. See `docs/performance.md`.
 *
 * Use: `npm run bench:relay [rounds] [megabytes a round]`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { cpuSeconds, machine, median, say, spread, table } from './lib/figures.ts';
import { RelayPeer } from './lib/relay-peer.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const WARM_ROUNDS = 1;
const MEGABYTES = Number(process.argv[3] ?? 512);
/** The sub-buffer sizes of LTTng's channels: of a process, of a user, and a large one. */
const PACKET_BYTES = [4096, 131_072, 1_048_576];
const OURS = new URL('../bin/lttng-relayd.js', import.meta.url).pathname;
const POLL_MS = 50;

interface Relay {
  readonly name: string;
  readonly pid: number;
  readonly ports: readonly [number, number];
  readonly output: string;
}

const directory = mkdtempSync(join(tmpdir(), 'relay-bench-'));
const children: ChildProcess[] = [];
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

async function freePorts(): Promise<[number, number, number]> {
  const found: number[] = [];
  for (let n = 0; n < 3; n++) {
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const address = server.address();
    found.push(address === null || typeof address === 'string' ? 0 : address.port);
    await new Promise((done) => server.close(done));
  }
  const [control = 0, data = 0, live = 0] = found;
  return [control, data, live];
}

async function start(name: string, program: string, before: readonly string[]): Promise<Relay> {
  const [control, data, live] = await freePorts();
  const output = join(directory, name);
  mkdirSync(output);
  const at = (port: number): string => `tcp://127.0.0.1:${port}`;
  const options = ['-C', at(control), '-D', at(data), '-L', at(live), '-o', output];
  const env = { ...process.env, LTTNG_HOME: output };
  const child = spawn(program, [...before, ...options], { env, stdio: 'ignore' });
  children.push(child);
  for (;;) {
    try {
      await (await RelayPeer.open(control, data, 'ready')).end();
      return { name, pid: child.pid ?? 0, ports: [control, data], output };
    } catch {
      await pass(POLL_MS);
    }
  }
}

/** Megabytes a second, and the relay's CPU seconds a gigabyte. */
async function measure(relay: Relay, packet: Uint8Array): Promise<[number, number]> {
  const peer = await RelayPeer.open(...relay.ports, 'bench');
  const count = Math.ceil((MEGABYTES * 1e6) / packet.byteLength);
  const gigabytes = (count * packet.byteLength) / 1e9;
  const [cpu, from] = [cpuSeconds(relay.pid), performance.now()];
  await peer.stream(packet, count);
  const seconds = (performance.now() - from) / 1000;
  const used = cpuSeconds(relay.pid) - cpu;
  await peer.end();
  for (const name of readdirSync(relay.output)) {
    if (!name.startsWith('.')) rmSync(join(relay.output, name), { recursive: true, force: true });
  }
  return [(1000 * gigabytes) / seconds, used / gigabytes];
}

function lttngVersion(): string | undefined {
  try {
    return execFileSync('lttng-relayd', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const version = lttngVersion();
say(machine());
say(`lttng-relayd of LTTng: ${version ?? 'not installed, nothing to compare with'}`);
say(`${ROUNDS} rounds of ${MEGABYTES} MB, both in turn; median [least..most].\n`);
const relays = [await start('ours', process.execPath, [OURS])];
if (version !== undefined) relays.push(await start('LTTng', 'lttng-relayd', []));
const rows = [['packets', 'relay', 'MB a second', 'CPU seconds a GB', 'ratios of the rounds']];
for (const bytes of PACKET_BYTES) {
  const packet = new Uint8Array(bytes).fill(0x5a);
  const rates = relays.map((): number[] => []);
  const costs = relays.map((): number[] => []);
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const [at, relay] of relays.entries()) {
      const [rate, cost] = await measure(relay, packet);
      if (round < 0) continue;
      rates[at]?.push(rate);
      costs[at]?.push(cost);
    }
  }
  const ratio = (of: readonly number[][]): string =>
    median((of[0] ?? []).map((value, round) => value / (of[1]?.[round] ?? Number.NaN))).toFixed(2);
  for (const [at, { name }] of relays.entries()) {
    const [rate = [], cost = []] = [rates[at], costs[at]];
    const ratios = at === 0 && relays.length > 1 ? `${ratio(rates)}, ${ratio(costs)}` : '';
    rows.push([String(bytes), name, spread(rate, 0), spread(cost, 2), ratios]);
  }
}
say(table(rows));
process.exit(0);
