/**
 * Contestants are processes of their own, so that none affects the heap or the compiled code of another. Each prints
 * `ready`, then replies to every line `case count` with the nanoseconds of that many events, and ends with its input.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Contestant {
  readonly name: string;
  readonly pid: number;
  /** Nanoseconds an event, or undefined when the contestant has no such case. */
  run(what: string, events: number): Promise<number | undefined>;
  /** Ends the contestant; returns its last line. */
  end(): Promise<string>;
}

export interface ContestantOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as, for root. */
  readonly uid?: number;
}

/** Starts a program and waits until it is ready. */
export async function startContestant(
  name: string,
  command: string,
  args: readonly string[],
  { env = {}, uid }: ContestantOptions = {},
): Promise<Contestant> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const lines = lineReader(child);
  const first = await lines.next();
  if (first !== 'ready') throw new Error(`${name} printed ${JSON.stringify(first)}`);
  return {
    name,
    pid: child.pid ?? 0,
    run: async (what, events) => {
      child.stdin.write(`${what} ${events}\n`);
      const answer = await lines.next();
      if (answer === 'none') return undefined;
      const elapsed = Number(answer);
      if (answer === '' || !Number.isFinite(elapsed)) throw new Error(`${name} printed ${answer}`);
      return elapsed / events;
    },
    end: async () => {
      child.stdin.end();
      return lines.next();
    },
  };
}

/** Starts a file of `contestants/`. */
export function startScript(
  name: string,
  script: string,
  args: readonly string[] = [],
  options: ContestantOptions = {},
): Promise<Contestant> {
  const path = fileURLToPath(new URL(`../contestants/${script}.js`, import.meta.url));
  return startContestant(name, process.execPath, [path, ...args], options);
}

/** Returns the lines that a child prints, and an empty line once it has ended. */
function lineReader(child: ChildProcess): { next(): Promise<string> } {
  if (child.stdout === null) throw new Error('a contestant without output');
  const reader: Interface = createInterface({ input: child.stdout });
  const lines = reader[Symbol.asyncIterator]();
  child.on('error', () => reader.close());
  return {
    next: async () => {
      const line: IteratorResult<string, unknown> = await lines.next();
      return line.done === true ? '' : line.value;
    },
  };
}

/** The contestant's side: runs the case of each input line and prints its nanoseconds. */
export async function serve(
  cases: Readonly<Record<string, (events: number) => void>>,
  options: { readonly after?: () => Promise<void> } = {},
): Promise<void> {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [what = '', count] = line.split(' ');
    const run = cases[what];
    if (run === undefined) {
      process.stdout.write('none\n');
      continue;
    }
    const begin = process.hrtime.bigint();
    run(Number(count));
    const elapsed = process.hrtime.bigint() - begin;
    await options.after?.();
    process.stdout.write(`${elapsed}\n`);
  }
}
