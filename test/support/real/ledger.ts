/** The ledger of real processes, from the notebooks that `workload-program.ts` writes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThreadAccount } from '../../../sim/ledger/ledger.ts';

export type NotebookLine =
  | {
      readonly is: 'started';
      readonly pid: number;
      readonly uid: number;
      readonly gid: number;
      readonly sessionUuid: string;
      readonly at: number;
    }
  | {
      readonly is: 'began';
      readonly at: number;
      readonly name: string;
      readonly counter: number;
      readonly text: string;
      readonly logLevel: number;
      readonly isEnabled: boolean;
    }
  | { readonly is: 'ended' };

/** The threads that wrote into `directory`. A program with `--import` begins when it is registered. */
export function threadsIn(directory: string): ThreadAccount[] {
  return (
    readdirSync(directory)
      // Other files of the programs do not count.
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .flatMap((name) => {
        const text = readFileSync(join(directory, name), 'utf8');
        const lines = text.split('\n').filter((line) => line !== '');
        return threadOf(lines.map((line) => JSON.parse(line) as NotebookLine));
      })
  );
}

function threadOf([first, ...lines]: readonly NotebookLine[]): ThreadAccount[] {
  if (first?.is !== 'started') return [];
  const { pid, uid, gid, sessionUuid, at } = first;
  const emissions: ThreadAccount['emissions'] = [];
  for (const line of lines) {
    const last = emissions.at(-1);
    if (line.is === 'began') {
      const { name, counter, text, logLevel, isEnabled } = line;
      emissions.push({ name, counter, text, logLevel, isEnabled, at: line.at, isDone: false });
    } else if (line.is === 'ended' && last !== undefined) last.isDone = true;
  }
  const who = `${pid}`;
  const times = { startedAt: at, settledAt: at };
  return [{ who, pid, uid, gid, processName: 'node', sessionUuid, ...times, emissions }];
}
