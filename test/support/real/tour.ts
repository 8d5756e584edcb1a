/**
 * The commands of docs/tour.md, typed into a terminal. In a `text` block a line after `$ ` is a command, and what
 * follows is what it prints. A comment `# status 1` says how a command ends when not with 0.
 */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Place } from './sandbox.ts';

export const TOUR = 'docs/tour.md';
const BLOCK = /^```text\n([^]*?)^```\n/gm;
const COLUMNS = 110;
/** The reader of the document. */
const READER = { host: 'web1', home: '/home/alice', user: 'alice' };

export interface Tour {
  readonly commands: readonly {
    readonly command: string;
    readonly status: number | null;
    readonly expected: number;
  }[];
  /** The document with what the commands printed now. */
  readonly text: string;
}

/** `checkout`: where the commands run. It is built, and has the examples and the document. */
export async function runTour(place: Place, checkout: string): Promise<Tour> {
  const bin = programsIn(place, checkout);
  const document = readFileSync(join(checkout, TOUR), 'utf8');
  const commands: Tour['commands'][number][] = [];
  let [text, end] = ['', 0];
  for (const { 0: whole, 1: content = '', index } of document.matchAll(BLOCK)) {
    let block = '';
    for (const [line, command = ''] of content.matchAll(/^\$ (.*)\n/gm)) {
      const { status, output } = await type(place, checkout, bin, command);
      const expected = Number(/# status (\d+)$/.exec(command)?.[1] ?? 0);
      commands.push({ command, status, expected });
      block += line + output;
    }
    text += `${document.slice(end, index)}\`\`\`text\n${block}\`\`\`\n`;
    end = index + whole.length;
  }
  return { commands, text: text + document.slice(end) };
}

/** The directory of the programs that the tour calls by their names. */
function programsIn({ directory }: Place, checkout: string): string {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const lttng = `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'dist/bin/lttng.js')}' "$@"\n`;
  writeFileSync(join(bin, 'lttng'), lttng);
  chmodSync(join(bin, 'lttng'), 0o755);
  return bin;
}

async function type(
  place: Place,
  cwd: string,
  bin: string,
  command: string,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const environment = { PATH: `${bin}:${place.environment['PATH'] ?? ''}`, NO_COLOR: '1' };
  const words = ['-qfec', `stty cols ${COLUMNS}; ${command}`, '/dev/null'];
  const { status, stdout } = await place.start('script', words, { cwd, environment }).finished;
  const output = stripVTControlCharacters(stdout)
    .replaceAll('\r\n', '\n')
    // What was shown while the command waited.
    .replace(/^.*\r/gm, '')
    .replaceAll(place.homeOf(), READER.home)
    .replaceAll(` ${hostname()}:`, ` ${READER.host}:`)
    .replace(new RegExp(`^( +owner +)${userInfo().username}$`, 'gm'), `$1${READER.user}`);
  return { status, output };
}
