/**
 * The snapshots of a torture test. Commands take them of a flight recorder; the test kills commands and their
 * consumers. A snapshot that a command reports holds the newest event of every application that had recorded before the
 * request. Every directory with the name of a snapshot is a complete trace.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTraces } from '../../sim/ledger/trace-content.ts';
import { createRealWorld } from '../../src/os/world.ts';
import { babeltrace } from '../support/real/traces.ts';
import { checkCopy } from './account.ts';
import { type Application, emittedBy } from './living.ts';
import { RECORDER, SESSIONS, textOf } from './sessions.ts';

/** The recorder's index in the notebooks of applications. */
export const RECORDERS_PLACE = SESSIONS.length;
/** The suffix of an unfinished snapshot. */
const UNFINISHED = /\.part$/;

/** Events that each application had certainly recorded: from counter `from` to before `done`. */
interface Sure {
  readonly application: Application;
  readonly from: number;
  readonly done: number;
}

interface Taken {
  readonly path: string | undefined;
  readonly isWhole: boolean;
  readonly sure: readonly Sure[];
}

export class Snapshots {
  readonly #directory: string;
  readonly #taken: Taken[] = [];
  /** The arguments of `lttng` that take a snapshot. */
  readonly words: readonly string[];

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.words = ['snapshot', RECORDER.name, '-o', directory, '--output-format', 'json'];
  }

  get count(): number {
    return this.#taken.length;
  }

  /**
   * Notes the start of a snapshot command; the caller passes the command's output to the returned function on success.
   */
  begin(applications: readonly Application[]): (stdout: string) => void {
    const sure = applications.flatMap((application) => {
      const from = application.accounted[RECORDERS_PLACE] ?? 0;
      const { done } = emittedBy(application, RECORDERS_PLACE);
      return done > from ? [{ application, from, done }] : [];
    });
    return (stdout) => {
      const { snapshot, isWhole } = JSON.parse(stdout) as { snapshot?: string; isWhole: boolean };
      this.#taken.push({ path: snapshot, isWhole, sure });
    };
  }

  /** Sentences about the defects of all snapshots. */
  check(applications: readonly Application[]): string[] {
    const defects = readdirSync(this.#directory)
      .filter((name) => !UNFINISHED.test(name))
      .flatMap((name) => this.#checkTrace(join(this.#directory, name), applications));
    return [...defects, ...this.#taken.flatMap((taken) => checkNewest(taken))];
  }

  /** Checks that the snapshot is a trace of emitted events only, after any kill. */
  #checkTrace(path: string, applications: readonly Application[]): string[] {
    const { files } = createRealWorld({ log: () => undefined });
    const { streams, problems } = readTraces(files, path);
    const defects = [...problems];
    for (const stream of streams) {
      const application = applications.find(({ pid }) => pid === stream.pid);
      if (application === undefined) defects.push(`${stream.file} belongs to no application`);
      else {
        const from = application.accounted[RECORDERS_PLACE] ?? 0;
        const { begun } = emittedBy(application, RECORDERS_PLACE);
        const text = textOf(application.incarnation, RECORDER.event);
        defects.push(...checkCopy(stream, { name: RECORDER.event, text, from, begun }));
      }
    }
    const events = streams.reduce((sum, stream) => sum + stream.events.length, 0);
    const told = existsSync(join(path, 'ust')) ? babeltrace(path, true).events : 0;
    if (told !== events) defects.push(`babeltrace2 reads ${told} events of ${events} in ${path}`);
    return defects;
  }
}

function checkNewest({ path, isWhole, sure }: Taken): string[] {
  if (!isWhole) return [`the snapshot ${path} is not whole`];
  if (path === undefined) {
    return sure.length === 0 ? [] : [`a snapshot of ${sure.length} applications is empty`];
  }
  const { files } = createRealWorld({ log: () => undefined });
  const { streams } = readTraces(files, path);
  return sure.flatMap(({ application: { incarnation, pid }, done }) => {
    const counters = streams
      .filter((stream) => stream.pid === pid)
      .flatMap(({ events }) => events.map(({ counter }) => counter));
    const newest = Math.max(-1, ...counters);
    return newest >= done - 1
      ? []
      : [`${path} ends with event ${newest} of application ${incarnation}, which had ${done}`];
  });
}
