/**
 * The table of `docs/relay.md`: what each test of the relay with LTTng's programs sent and read. A file of tests prints
 * its rows with `LTTNG_TS_INTEROP=1`.
 */
import { spawnSync } from 'node:child_process';
import { afterAll } from 'vitest';

interface InteropRow {
  readonly what: string;
  /** A text: which of them must be there. */
  readonly sent: number | string;
  readonly read: number;
}

/** To be called at the top of a file of tests; the returned function notes a row. `peer`: the file's program. */
export function interopTable(peer: string): (row: InteropRow) => void {
  const rows: InteropRow[] = [];
  afterAll(() => {
    if (process.env['LTTNG_TS_INTEROP'] !== '1') return;
    const { stdout } = spawnSync(peer, ['--version'], { encoding: 'utf8' });
    const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '';
    for (const { what, sent, read } of rows)
      process.stdout.write(`| ${what} | ${peer} ${version} | ${sent} | ${read} |\n`);
  });
  return (row) => void rows.push(row);
}
