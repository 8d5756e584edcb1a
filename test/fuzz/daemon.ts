/** A real registry in a sandbox, with a well-behaved client and application, as the target of hostile peers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import fc from 'fast-check';
import { createRealWorld } from '../../src/os/world.ts';
import type { World } from '../../src/port/world.ts';
import { tickProgram } from '../support/real/programs.ts';
import {
  DIST,
  makePlace,
  REGISTER,
  type Place as RealPlace,
  type Running,
} from '../support/real/sandbox.ts';
import { befriend, type Friend } from './friend.ts';
import { type Place, play, type Visit, visits } from './player.ts';
import { count, newTally, plainReason, type Tally } from './tally.ts';

const WAIT_MS_MAX = 30_000;
const POLL_MS = 10;
const AT_ONCE = 8;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Daemon {
  readonly place: RealPlace;
  readonly sockets: Place;
  readonly pid: number;
  readonly world: World;
  readonly friend: Friend;
  readonly tally: Tally;
  rssBytes(): number;
  openDescriptors(): number;
  log(): readonly LogLine[];
  until(what: string, isDone: () => boolean): Promise<void>;
  /** Ends the friend's session, then the daemon; removes everything, also after a failure. */
  end(): Promise<void>;
}

/** `descriptorsMax`: the daemon's limit of file descriptors; its parent's limit by default. */
export async function openDaemon(descriptorsMax?: number): Promise<Daemon> {
  const place = makePlace();
  const tally = newTally();
  try {
    return await start(place, tally, descriptorsMax);
  } catch (error) {
    await place.end();
    throw error;
  }
}

async function start(
  place: RealPlace,
  tally: Tally,
  descriptorsMax: number | undefined,
): Promise<Daemon> {
  const isRoot = process.getuid?.() === 0;
  const home = place.homeOf();
  const directory = isRoot ? (place.environment['LTTNG_TS_RUNDIR'] ?? '') : join(home, '.lttng-ts');
  const sockets: Place = {
    client: join(directory, 'client.sock'),
    app: join(directory, 'apps.sock'),
    ownerUid: process.getuid?.() ?? 0,
  };
  const sessiond = join(DIST, 'bin/lttng-sessiond.js');
  const logPath = join(place.directory, 'sessiond.log');
  const command = `exec "$0" "$1" --log-file "$2"`;
  const limit = descriptorsMax === undefined ? '' : `ulimit -n ${descriptorsMax}; `;
  const daemon = place.start('sh', ['-c', limit + command, process.execPath, sessiond, logPath]);
  const real = createRealWorld({ log: () => undefined });
  const environment = { ...place.environment, HOME: home };
  const world: World = { ...real, identity: { ...real.identity, environment } };
  const until = async (what: string, isDone: () => boolean): Promise<void> => {
    const deadline = Date.now() + WAIT_MS_MAX;
    while (!isDone()) {
      if (Date.now() > deadline) throw new Error(`never ${what}`);
      await pass(POLL_MS);
    }
  };
  await until('listens', () => existsSync(sockets.client));
  const ticking = place.start(process.execPath, [
    '--import',
    REGISTER,
    tickProgram(place, { batch: 10, pauseMs: 5, total: 0 }),
  ]);
  await ticking.line(/^\d+$/);
  const defect = (text: string): void => void tally.defects.push(text);
  const friend = befriend(world, {
    clientPath: sockets.client,
    scope: isRoot ? 'global' : 'user',
    output: join(place.directory, 'trace'),
    consumer: [process.execPath, join(DIST, 'bin/ust-consumerd.js')],
    pauseMs: 10,
    answered: tally.friends,
    onDefect: defect,
  });
  await until('is ready', () => friend.isReady);
  const log = (): LogLine[] =>
    readFileSync(logPath, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  return {
    place,
    sockets,
    pid: daemon.pid,
    world,
    friend,
    tally,
    rssBytes: () => rssOf(daemon.pid),
    openDescriptors: () => descriptorsOf(daemon.pid),
    log,
    until,
    end: () => end(place, tally, friend, daemon, ticking, log, until),
  };
}

async function end(
  place: RealPlace,
  tally: Tally,
  friend: Friend,
  daemon: Running,
  ticking: Running,
  log: () => readonly LogLine[],
  until: Daemon['until'],
): Promise<void> {
  try {
    let isDone = false;
    friend.finish(() => {
      isDone = true;
    });
    await until('the friend has finished', () => isDone);
    await until('its consumer has ended', () => tally.friends['(consumer ended with 0)'] === 1);
    ticking.kill('SIGTERM');
    if ((await ticking.finished).signal !== 'SIGTERM') tally.defects.push('the application ended');
    daemon.kill('SIGTERM');
    const { status, signal, stderr } = await daemon.finished;
    if (status !== 0) tally.defects.push(`the registry ended with ${signal ?? status}: ${stderr}`);
    for (const line of log()) {
      const { event, msg, reason, pid, uid, level, lines } = line;
      if (level === 'error' && event !== 'socket.descriptorsExhausted')
        tally.defects.push(`the registry says ${JSON.stringify(line)}`);
      if (event === 'actor.eventIgnored') tally.defects.push(msg);
      if (event === 'peer.linesSuppressed') count(tally.cutOff, '(left out)', Number(lines));
      if (event !== 'peer.cutOff') continue;
      count(tally.cutOff, plainReason(String(reason)));
      if (pid === undefined || uid === undefined) tally.defects.push('a cut-off without its peer');
    }
  } finally {
    await place.end();
  }
}

function rssOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface DaemonRun {
  readonly tally: Tally;
  readonly rssBytesBefore: number;
  readonly rssBytesAfter: number;
}

/** `visitCount` hostile visits to a real registry, some at the same time. */
export async function fuzzDaemon(visitCount: number, seed: number): Promise<DaemonRun> {
  const daemon = await openDaemon();
  const { tally, world, sockets } = daemon;
  const drawn = fc.sample(visits, { numRuns: visitCount, seed });
  let rssBytesBefore = 0;
  let rssBytesAfter = 0;
  try {
    const half = Math.floor(visitCount / 2);
    await visitAll(world, sockets, drawn.slice(0, half), tally);
    rssBytesBefore = daemon.rssBytes();
    await visitAll(world, sockets, drawn.slice(half), tally);
    rssBytesAfter = daemon.rssBytes();
  } finally {
    await daemon.end();
  }
  return { tally, rssBytesBefore, rssBytesAfter };
}

async function visitAll(
  world: World,
  sockets: Place,
  drawn: readonly Visit[],
  tally: Tally,
): Promise<void> {
  const left = [...drawn];
  const worker = async (): Promise<void> => {
    for (let visit = left.shift(); visit !== undefined; visit = left.shift()) {
      const next = visit;
      await new Promise<void>((resolve) => play(world, sockets, next, tally.sent, resolve));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
