/**
 * The torture test: random `kill -9` of registries, consumers, applications and commands while sessions record, with
 * real processes.
 *
 * In each round the test creates three sessions that record some applications, and a flight recorder for snapshots. It
 * kills processes, consumers of snapshots included, and replaces the killed ones. Then it stops killing, destroys the
 * sessions as a user would, and compares the emitted events with the traces.
 *
 * The same seed draws the same victims; the times of their deaths depend on the machine.
 */
import { cpSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { Draw, type PartDraw } from '../../sim/input/draw.ts';
import { readTraces } from '../../sim/ledger/trace-content.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { DIST, makePlace, type Place, type Running } from '../support/real/sandbox.ts';
import { babeltrace } from '../support/real/traces.ts';
import { account, addTally, NOTHING, type Tally } from './account.ts';
import { type Application, emittedBy, KINDS, type Kind, type Victim, victimsIn } from './living.ts';
import { EMITTED, RECORDER, SESSIONS, textOf } from './sessions.ts';
import { RECORDERS_PLACE, Snapshots } from './snapshots.ts';

export interface TortureOptions {
  readonly seed: number;
  readonly kills: number;
  /** Directory where the traces and logs of the last round are kept. */
  readonly keep?: string | undefined;
  /** Receives a line about the progress. */
  readonly say?: (line: string) => void;
}

export interface TortureReport {
  readonly rounds: number;
  readonly kills: Readonly<Record<Kind, number>>;
  readonly tallies: Readonly<Record<string, Tally>>;
  /** The number of snapshots that commands reported. */
  readonly snapshots: number;
  readonly defects: readonly string[];
}

const KILLS_PER_ROUND = 60;
const APPLICATIONS = 6;
const COMMANDS = 3;
/** Concurrent snapshots. */
const COPIES = 2;
/** Between two blows. */
const PAUSE_MS_MAX = 200;
/** The interval of checks, and the bound of a wait after the last kill. */
const POLL_MS = 50;
const WAIT_MS_MAX = 60_000;
/** One blow in so many kills several processes; one in so many kills all but the commands. */
const SEVERAL_ONE_IN = 8;
const EVERYBODY_ONE_IN = 40;
const SEVERAL_MAX = 4;

/** The kind to kill: applications and commands are many and quickly replaced. */
const ODDS: readonly [Kind, ...Kind[]] = [
  'application',
  'application',
  'application',
  'application',
  'lttng',
  'lttng',
  'lttng',
  'ust-consumerd',
  'ust-consumerd',
  // They live so briefly that often none exists.
  'snapshot',
  'snapshot',
  'snapshot',
  'snapshot',
  'lttng-sessiond',
];

/** Sockets and pipes cannot serve without their processes. */
const KEPT = {
  recursive: true,
  filter: (path: string) => ['file', 'directory'].includes(kindOf(path)),
};

function kindOf(path: string): string {
  const info = lstatSync(path);
  return info.isFile() ? 'file' : info.isDirectory() ? 'directory' : 'other';
}

interface Command {
  readonly words: readonly string[];
  readonly running: Running;
}

export async function torture(options: TortureOptions): Promise<TortureReport> {
  const place = makePlace();
  const arena = new Arena(place, options);
  try {
    return await arena.run();
  } finally {
    if (options.keep !== undefined) cpSync(place.directory, options.keep, KEPT);
    await place.end();
  }
}

class Arena {
  readonly #place: Place;
  readonly #draw: PartDraw;
  readonly #options: TortureOptions;
  readonly #applications: Application[] = [];
  readonly #commands = new Set<Command>();
  /** Sessions that a supervisor currently supervises. */
  readonly #supervisors = new Set<string>();
  readonly #kills: Record<Kind, number> = {
    application: 0,
    'ust-consumerd': 0,
    snapshot: 0,
    'lttng-sessiond': 0,
    lttng: 0,
  };
  readonly #tallies = new Map<string, Tally>(SESSIONS.map(({ name }) => [name, NOTHING]));
  readonly #defects: string[] = [];
  /** UUIDs of the round's sessions. */
  #uuids: readonly string[] = [];
  #snapshots: Snapshots;
  #snapshotCount = 0;
  #copies = 0;
  #incarnations = 0;
  #spares = 0;
  #round = 0;

  constructor(place: Place, options: TortureOptions) {
    this.#place = place;
    this.#options = options;
    this.#draw = new Draw(options.seed).of('torture');
    this.#snapshots = new Snapshots(this.#outputOf('snapshots'));
  }

  async run(): Promise<TortureReport> {
    while (this.#killCount() < this.#options.kills) {
      this.#round += 1;
      await this.#begin();
      await this.#kill(Math.min(KILLS_PER_ROUND, this.#options.kills - this.#killCount()));
      await this.#end();
      this.#options.say?.(this.#line());
      if (this.#defects.length > 0) break;
    }
    for (const application of this.#applications) this.#endApplication(application);
    return {
      rounds: this.#round,
      kills: this.#kills,
      tallies: Object.fromEntries(this.#tallies),
      snapshots: this.#snapshotCount,
      defects: this.#defects,
    };
  }

  #killCount(): number {
    return Object.values(this.#kills).reduce((sum, count) => sum + count, 0);
  }

  #line(): string {
    const kills = KINDS.map((kind) => `${this.#kills[kind]} ${kind}`).join(', ');
    const all = [...this.#tallies.values()].reduce(addTally, NOTHING);
    return `round ${this.#round}: killed ${kills}; ${all.emitted} emitted, ${all.lost} lost`;
  }

  // -------------------------------------------------------------------------------------------- one round

  async #begin(): Promise<void> {
    await this.#ok(['list']);
    await Promise.all(
      SESSIONS.map(async ({ name, event, channel }) => {
        await this.#ok(['create', name, '-o', this.#outputOf(name)]);
        await this.#ok(['add-channel', 'c', '-s', name, ...channel]);
        await this.#ok(['add-event', event, '-c', 'c', '-s', name]);
        await this.#ok(['start', name]);
      }),
    );
    const { name, event, channel } = RECORDER;
    this.#snapshots = new Snapshots(this.#outputOf('snapshots'));
    await this.#ok(['create', name, '--snapshot']);
    await this.#ok(['add-channel', 'c', '-s', name, ...channel]);
    await this.#ok(['add-event', event, '-c', 'c', '-s', name]);
    await this.#ok(['start', name]);
    const made = await this.#sessions();
    this.#uuids = made.filter(({ name }) => isTheirs(name)).map(({ uuid }) => uuid);
    this.#refill();
  }

  async #kill(count: number): Promise<void> {
    const aim = this.#killCount() + count;
    while (this.#killCount() < aim) {
      this.#refill();
      await pass(this.#draw.between(0, PAUSE_MS_MAX));
      for (const { kind, pid } of this.#choose(victimsIn(this.#place.directory))) {
        if (this.#strike(pid)) this.#kills[kind] += 1;
      }
    }
  }

  #choose(living: readonly Victim[]): readonly Victim[] {
    if (this.#draw.chance(EVERYBODY_ONE_IN)) return living.filter(({ kind }) => kind !== 'lttng');
    const count = this.#draw.chance(SEVERAL_ONE_IN) ? this.#draw.between(2, SEVERAL_MAX) : 1;
    return Array.from({ length: count }).flatMap(() => {
      const kind = this.#draw.pick(ODDS);
      const alike = living.filter((victim) => victim.kind === kind);
      const chosen = alike[this.#draw.between(0, Math.max(0, alike.length - 1))];
      return chosen === undefined ? [] : [chosen];
    });
  }

  /** Kills the process; false when it had already ended. */
  #strike(pid: number): boolean {
    for (const application of this.#applications) {
      if (application.pid === pid) application.isAlive = false;
    }
    try {
      process.kill(pid, 'SIGKILL');
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw thrown;
    }
  }

  #refill(): void {
    const alive = this.#applications.filter(({ isAlive }) => isAlive).length;
    for (let missing = APPLICATIONS - alive; missing > 0; missing--) this.#startApplication();
    for (let missing = COMMANDS - this.#commands.size; missing > 0; missing--) this.#startCommand();
    for (const uuid of this.#uuids) this.#supervise(uuid);
    while (this.#copies < COPIES) this.#copy();
  }

  /** Starts a supervisor, which starts a consumer whenever the session has none; it may be killed like any command. */
  #supervise(uuid: string): void {
    if (this.#supervisors.has(uuid)) return;
    const words = ['consume', '-s', uuid, '--continue', '--supervise'];
    const { finished } = this.#place.startLttng(words);
    this.#supervisors.add(uuid);
    const forget = (): void => void this.#supervisors.delete(uuid);
    void finished.then(forget, forget);
  }

  #startApplication(): void {
    const incarnation = this.#incarnations++;
    const notebook = join(this.#place.directory, `notebook-${incarnation}`);
    const program = [join(DIST, 'test/torture/victim.js'), notebook, `${incarnation}`];
    const { pid } = this.#place.start(process.execPath, program);
    const application = {
      incarnation,
      pid,
      notebook,
      isAlive: true,
      accounted: EMITTED.map(() => 0),
    };
    // A reused process id would mix the accounts of two applications.
    if (this.#applications.some((other) => other.pid === pid)) this.#strike(pid);
    else this.#applications.push(application);
  }

  #endApplication(application: Application): void {
    if (application.isAlive) this.#strike(application.pid);
  }

  /** Starts a command of everyday use; it may fail, and may be killed. */
  #startCommand(): void {
    const spare = `spare-${this.#spares}`;
    const { name, event } = this.#draw.pick(SESSIONS);
    const words = this.#draw.pick<readonly string[]>([
      ['list', '--output-format', 'json'],
      ['list', '--apps', '--events'],
      ['status'],
      ['stop', name],
      ['start', name],
      ['start', name],
      ['consume', this.#outputOf(name), '--continue'],
      ['add-event', event, '-c', 'c', '-s', name],
      ['create', `spare-${++this.#spares}`, '-o', this.#outputOf('spare')],
      ['add-event', 'other:*', '-s', spare],
      ['start', spare],
      ['destroy', spare],
    ]);
    const command = { words, running: this.#place.startLttng(words) };
    this.#commands.add(command);
    const forget = (): void => void this.#commands.delete(command);
    void command.running.finished.then(forget, forget);
  }

  /** Takes a snapshot by a command, which may be killed. */
  #copy(): void {
    this.#copies += 1;
    const noteTaken = this.#snapshots.begin(this.#applications);
    void this.#place.lttng(this.#snapshots.words).then(({ status, stdout }) => {
      this.#copies -= 1;
      if (status === 0) noteTaken(stdout);
    });
  }

  // -------------------------------------------------------------------------------------------- its end

  /** After the last kill: every command must succeed, and every committed event must be in a trace. */
  async #end(): Promise<void> {
    await this.#until('commands end', async () => this.#commands.size + this.#copies === 0);
    await this.#until('every application is back', () => this.#areAllBack());
    const noteTaken = this.#snapshots.begin(this.#applications);
    noteTaken(await this.#ok(this.#snapshots.words));
    this.#snapshotCount += this.#snapshots.count;
    for (const { name, state } of await this.#sessions()) {
      if (state === 'active' && isTheirs(name)) await this.#ok(['stop', name]);
      await this.#ok(['destroy', name]);
    }
    await this.#until('supervisors end', async () => this.#supervisors.size === 0);
    const copying = (): Victim[] =>
      victimsIn(this.#place.directory).filter(({ kind }) => kind === 'snapshot');
    await this.#until('no command copies', async () => copying().length === 0);
    await this.#until('segments go', async () => this.#place.segments().length === 0);
    this.#defects.push(...this.#snapshots.check(this.#applications));
    this.#account();
    if (this.#defects.length === 0) {
      rmSync(join(this.#place.directory, `round-${this.#round}`), { recursive: true, force: true });
    }
  }

  async #areAllBack(): Promise<boolean> {
    const text = await this.#ok(['list', '--apps', '--output-format', 'json']);
    const { apps } = JSON.parse(text) as { apps: readonly { pid: number }[] };
    const pids = new Set(apps.map(({ pid }) => pid));
    return this.#applications.every(({ isAlive, pid }) => !isAlive || pids.has(pid));
  }

  async #sessions(): Promise<readonly SessionInfo[]> {
    const text = await this.#ok(['list', '--output-format', 'json']);
    return (JSON.parse(text) as { sessions: readonly SessionInfo[] }).sessions;
  }

  #account(): void {
    const { files } = createRealWorld({ log: () => undefined });
    for (const [index, session] of SESSIONS.entries()) {
      const output = this.#outputOf(session.name);
      const content = readTraces(files, output);
      this.#defects.push(...content.problems);
      let total = this.#tallies.get(session.name) ?? NOTHING;
      for (const application of this.#applications) {
        const { incarnation, pid } = application;
        const emitted = emittedBy(application, index);
        const tally = account(
          `application ${incarnation}`,
          session,
          textOf(incarnation, session.event),
          application.accounted[index] ?? 0,
          emitted,
          content.streams.filter((stream) => stream.pid === pid),
        );
        application.accounted[index] = emitted.begun;
        total = addTally(total, tally);
        this.#defects.push(...tally.defects);
      }
      this.#tallies.set(session.name, total);
      const all = content.streams.reduce((sum, { events }) => sum + events.length, 0);
      const told = existsSync(join(output, 'ust'))
        ? babeltrace(output, session.isOverwriting).events
        : 0;
      if (told !== all) this.#defects.push(`babeltrace2 reads ${told} events of ${all}`);
    }
    for (const application of this.#applications) {
      application.accounted[RECORDERS_PLACE] = emittedBy(application, RECORDERS_PLACE).begun;
    }
  }

  // -------------------------------------------------------------------------------------------- helpers

  #outputOf(name: string): string {
    const directory = join(this.#place.directory, `round-${this.#round}`);
    mkdirSync(directory, { recursive: true });
    return join(directory, name);
  }

  async #ok(words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.#place.lttng(words);
    if (status !== 0) throw new Error(`lttng ${words.join(' ')}: status ${status}: ${stderr}`);
    return stdout;
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + WAIT_MS_MAX;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`Waited too long until ${what}`);
      await pass(POLL_MS);
    }
  }
}

function isTheirs(name: string): boolean {
  return SESSIONS.some((session) => session.name === name);
}
