/** Runs babeltrace2 and formats reals as it does, so that tests compare its lines with ours unchanged. */
import { spawnSync } from 'node:child_process';

/** Whether babeltrace2 starts. */
export function hasBabeltrace(): boolean {
  return spawnSync('babeltrace2', ['--version']).status === 0;
}

export interface BabeltraceOutput {
  readonly lines: string[];
  readonly stderr: string;
}

/** Lines of its text output for all traces under `directory`, times in UTC. */
export function runBabeltrace(directory: string, args: readonly string[] = []): BabeltraceOutput {
  const { stdout, stderr, status } = spawnSync('babeltrace2', [...args, directory], {
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(`babeltrace2 failed (${status}): ${stderr}`);
  return { lines: stdout === '' ? [] : stdout.slice(0, -1).split('\n'), stderr };
}

/** C's `%g`: six digits, rounded half to even, without trailing zeros. */
export function formatG(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = sixDigits(Math.abs(value));
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.slice(1).replace(/0+$/, '');
    const power = String(Math.abs(exponent)).padStart(2, '0');
    const mantissa = fraction === '' ? digits[0] : `${digits[0]}.${fraction}`;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits;
  const point = Math.max(exponent, 0) + 1;
  const fraction = padded.slice(point).replace(/0+$/, '');
  return sign + padded.slice(0, point) + (fraction === '' ? '' : `.${fraction}`);
}

function sixDigits(value: number): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = value.toExponential(20).split('e');
  const all = mantissa.replace('.', '');
  const kept = Number(all.slice(0, 6));
  const rest = all.slice(6);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  const isUp = rest > half || (rest === half && kept % 2 === 1);
  const rounded = String(kept + (isUp ? 1 : 0));
  const exponent = Number(power);
  return rounded.length > 6
    ? { digits: rounded.slice(0, 6), exponent: exponent + 1 }
    : { digits: rounded, exponent };
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const CONTENT = ': { vtid = ';

/**
 * Lines of babeltrace2 with its one defect corrected: 2.0.4 shows an earlier string of the same field in place of an
 * empty string. So where `ours` has an empty string, `theirs` may have any.
 */
export function withoutStaleText(theirs: string, ours: string): string {
  const start = ours.indexOf(CONTENT);
  const strings = ours.slice(start).match(QUOTED) ?? [];
  let index = 0;
  const content = theirs.slice(start).replace(QUOTED, (text) => {
    const own = strings[index++];
    return own === '""' ? own : text;
  });
  return theirs.slice(0, start) + content;
}
