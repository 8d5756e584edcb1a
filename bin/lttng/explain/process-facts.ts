/** What the kernel tells of a process that may be traced. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { thrownErrno } from '../../../src/os/errors.ts';
import { SESSION_VARIABLE } from '../../../src/wire/launch.ts';

export interface ProcessFacts {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Of its script, otherwise of its program. */
  readonly name: string;
  /** Whether its command line or NODE_OPTIONS loads the library. */
  readonly hasLibrary: boolean;
  /** These are undefined when its environment is not ours to read. */
  readonly home: string | undefined;
  readonly spawnedFor: string | undefined;
  /** The kinds of namespaces that it does not share with us, of those that keep it from our registry. */
  readonly otherNamespaces: readonly string[];
}

const NAMESPACES = ['ipc', 'mnt', 'pid'];
/** How a command line or NODE_OPTIONS loads the library (`docs/library.md`). */
const LIBRARY = /\/bin\/register\.c?js|\blttng-ts\/register/;

/** Options of Node.js that a module follows. */
const PRELOADS = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader']);

/** Undefined: there is no such process. */
export function factsOf(pid: number): ProcessFacts | undefined {
  const owner = unlessGone(() => statSync(`/proc/${pid}`));
  const words = textsIn(pid, 'cmdline') ?? [];
  // A process that has ended and waits for its parent has no words.
  if (owner === undefined || words.length === 0) return undefined;
  const environment = textsIn(pid, 'environ');
  const valueOf = (name: string): string | undefined =>
    environment?.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  const options = [...words, valueOf('NODE_OPTIONS') ?? ''];
  return {
    pid,
    uid: owner.uid,
    gid: owner.gid,
    name: nameIn(words),
    hasLibrary: options.some((word) => LIBRARY.test(word)),
    home: valueOf('LTTNG_HOME') ?? valueOf('HOME'),
    spawnedFor: valueOf(SESSION_VARIABLE),
    otherNamespaces: NAMESPACES.filter((kind) => isOther(pid, kind)),
  };
}

/** The processes of this name. */
export function pidsNamed(name: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(Number)
    .filter((pid) => nameIn(textsIn(pid, 'cmdline') ?? []) === name);
}

/** The script of a program that is an interpreter, otherwise the program. */
function nameIn([program = '', ...args]: readonly string[]): string {
  const isScript = (word: string, at: number): boolean =>
    /\.[cm]?[jt]s$/.test(word) && !word.startsWith('-') && !PRELOADS.has(args[at - 1] ?? '');
  const script = basename(program) === 'node' ? args.find(isScript) : undefined;
  return basename(script ?? program);
}

function isOther(pid: number, kind: string): boolean {
  const of = (id: number | 'self'): string | undefined =>
    unlessGone(() => readlinkSync(`/proc/${id}/ns/${kind}`));
  const theirs = of(pid);
  return theirs !== undefined && theirs !== of('self');
}

/** The texts of a file of `/proc`; undefined when the process is gone, or that file is not ours to read. */
function textsIn(pid: number, file: string): readonly string[] | undefined {
  return unlessGone(() =>
    readFileSync(`/proc/${pid}/${file}`, 'utf8')
      .split('\0')
      .filter((text) => text !== ''),
  );
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrownErrno(thrown) === undefined) throw thrown;
    return undefined;
  }
}
