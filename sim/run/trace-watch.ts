/** Observes a machine while it runs: reads the traces as their owners would, and checks the safety laws. */
import type { World } from '../../src/port/world.ts';
import type { Injector } from '../faults/inject.ts';
import { isImpostor, type Ledger } from '../ledger/ledger.ts';
import { type OutputAccount, outputsIn } from '../ledger/outputs.ts';
import { isMoved, type SessionAccount, sessionsIn } from '../ledger/sessions.ts';
import {
  joined,
  NOTHING,
  readTrace,
  readTraces,
  type StreamContent,
  type TraceContent,
  writtenBy,
} from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import type { Answered, Completion } from '../oracles/completion.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import type { GroupPeriod } from '../oracles/groups.ts';
import { checkIsolation } from '../oracles/isolation.ts';
import { checkTracefiles } from '../oracles/tracefiles.ts';

const readability = finder('readability');

export class TraceWatch {
  readonly #simulation: Simulation;
  readonly #ledger: Ledger;
  readonly #periods: readonly GroupPeriod[];
  readonly #faults: Pick<Injector, 'excuses' | 'isSpoiled'> | undefined;
  readonly #relayed: (() => TraceContent) | undefined;
  readonly #readers = new Map<string, World>();
  readonly #seen = new Map<string, TraceContent>();
  /** When the traces were read before, nanoseconds. */
  #lookedAt = -1;
  /** The content of each trace, and the state of its files then: unchanged traces are not read again. */
  readonly #traces = new Map<string, { readonly state: string; readonly content: TraceContent }>();

  /** With faults, root reads all traces; otherwise their owners do. `relayed` reads what the relays of the run have. */
  constructor(
    simulation: Simulation,
    ledger: Ledger,
    periods: readonly GroupPeriod[],
    faults?: Pick<Injector, 'excuses' | 'isSpoiled'>,
    relayed?: () => TraceContent,
  ) {
    this.#simulation = simulation;
    this.#ledger = ledger;
    this.#periods = periods;
    this.#faults = faults;
    this.#relayed = relayed;
  }

  /**
   * After a crash of the machine: forgets the earlier contents of the traces, except of these durable ones, and all
   * users log in again.
   */
  forget(durable: ReadonlySet<string>): void {
    this.#readers.clear();
    for (const output of this.#seen.keys()) if (!durable.has(output)) this.#seen.delete(output);
    this.#traces.clear();
  }

  /** The findings at this moment. */
  look(): Finding[] {
    const outputs = outputsIn(this.#ledger);
    const isOpened = (path: string): boolean =>
      this.#ledger.adversaries.some(
        ({ attack }) => attack.kind === 'opened-path' && attack.path === path,
      );
    const findings = checkIsolation(this.#simulation, outputs, this.#periods, isOpened);
    for (const account of outputs) findings.push(...this.#read(account));
    for (const session of sessionsIn(this.#ledger)) {
      if (session.tracefiles.size === 0) continue;
      const { files } = this.#readerOf(this.#trusted(session.user));
      findings.push(...checkTracefiles(files, session));
    }
    this.#lookedAt = this.#simulation.now;
    return findings;
  }

  /** The contents of a user's traces at the moment when the end of a recording was answered. */
  complete(answered: Answered): Completion[] {
    const { user, uid } = answered.command;
    const { files } = this.#readerOf(this.#trusted(user));
    const completions = outputsIn(this.#ledger)
      .filter((account) => account.uid === uid)
      .map(({ output }) => ({ output, content: this.#readAll(files, output), ...answered }));
    if (this.#relayed === undefined) return completions;
    const content = joined([...completions.map((one) => one.content), this.#relayed()]);
    return [...completions, { output: undefined, content, ...answered }];
  }

  /** What a session wrote in all places, as of the last look; at relays, now. */
  contentOfSession(session: SessionAccount): TraceContent {
    if (!isMoved(session)) return writtenBy(session.uuid, this.contentOf(session.output));
    const places = [session.output, ...session.laterOutputs].map((output) =>
      this.contentOf(output),
    );
    const { streams } = joined([...places, this.#relayed?.() ?? NOTHING]);
    return writtenBy(session.uuid, { streams, problems: [] });
  }

  /** As of the last look. */
  contentOf(output: string): TraceContent {
    return this.#seen.get(output) ?? NOTHING;
  }

  contents(): TraceContent[] {
    return [...this.#seen.values()];
  }

  #readAll(files: World['files'], output: string): TraceContent {
    return readTraces(files, output, (path) => {
      const state = this.#simulation.stateOf(path);
      const known = this.#traces.get(path);
      if (known?.state === state) return known.content;
      const content = readTrace(files, path, (pid) => isImpostor(this.#ledger, pid));
      this.#traces.set(path, { state, content });
      return content;
    });
  }

  /** Faults take rights from files. */
  #trusted(user: string): string {
    return this.#faults === undefined ? user : 'root';
  }

  #readerOf(user: string): World {
    const world = this.#readers.get(user) ?? this.#simulation.login(user).world;
    this.#readers.set(user, world);
    return world;
  }

  #read({ output, user }: OutputAccount): Finding[] {
    const world = this.#readerOf(this.#trusted(user));
    const before = this.contentOf(output);
    const content = this.#readAll(world.files, output);
    this.#seen.set(output, content);
    const problems = content.problems.filter((text) => this.#faults?.excuses(text) !== true);
    const findings = problems.map(readability);
    for (const stream of before.streams) {
      // A consumer cuts off a torn packet, and writes it again unless it was overwritten meanwhile.
      if (before.problems.some((text) => isOf(stream, text))) continue;
      const now = content.streams.filter(({ file }) => isFileOf(file, stream, output));
      if (now.some((one) => isPrefix(stream, one)) || this.#isCleared(stream)) continue;
      if (now.length === 0) {
        if (this.#faults?.isSpoiled(stream.file) !== true && !this.#isEmptied(stream))
          findings.push(readability(`${stream.file} is gone`));
      } else {
        const text = `${stream.file} no longer begins with its earlier content`;
        if (this.#faults?.excuses(text) !== true) findings.push(readability(text));
      }
    }
    return findings;
  }

  /** Whether the stream has only one file, which is empty before it is overwritten. */
  #isEmptied({ session }: StreamContent): boolean {
    return sessionsIn(this.#ledger).some(
      ({ uuid, tracefiles }) =>
        uuid === session && [...tracefiles.values()].some(({ count }) => count === 1),
    );
  }

  /** Whether a command may have removed a part of the stream since it was read. */
  #isCleared({ session }: StreamContent): boolean {
    return sessionsIn(this.#ledger).some(
      ({ uuid, rotations }) =>
        uuid === session &&
        rotations.some(({ isClear, doneAt }) => isClear && doneAt >= this.#lookedAt),
    );
  }
}

/** Whether the file is that of the stream: where it was, or in an archive since. */
function isFileOf(file: string, stream: StreamContent, output: string): boolean {
  const path = stream.file.slice(output.length);
  const isArchived = file.startsWith(`${output}/archives/`) && file.endsWith(path);
  return file === stream.file || isArchived;
}

/** Whether the problem is that of a file of the stream. */
function isOf({ file }: StreamContent, problem: string): boolean {
  return problem.startsWith(file) && /^(_\d+)?: /.test(problem.slice(file.length));
}

/** Apart from what has been overwritten since. */
function isPrefix(before: StreamContent, now: StreamContent): boolean {
  const wasOverwritten = (now.overwritten?.packets ?? 0) > (before.overwritten?.packets ?? 0);
  const [first] = now.events;
  const kept = wasOverwritten
    ? before.events.filter(({ counter }) => counter >= (first?.counter ?? counter + 1))
    : before.events;
  return (
    (wasOverwritten || before.discarded <= now.discarded) &&
    (wasOverwritten || before.lostPackets <= now.lostPackets) &&
    kept.every(
      ({ counter, timestamp }, index) =>
        now.events[index]?.counter === counter && now.events[index].timestamp === timestamp,
    )
  );
}
