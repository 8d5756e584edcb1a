/**
 * The commands of README.md as a reader pastes them. A line of an `sh` block is a command; what its last command prints
 * is in the `text` block that follows it. A comment `# status 1` says how a command ends when not with 0. A `console`
 * block, and the `text` after it, are not run: they need more than any machine has.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Place } from './sandbox.ts';

/** The reader of the document. */
const READER = { host: 'web1', home: '/home/alice' };
const BLOCK = /^```(\w+)\n([^]*?)^```\n/gm;
/** The home directory is the sandbox's: npm keeps its settings and what it has downloaded; it advertises nothing. */
const NPM = {
  npm_config_userconfig: npmSetting('userconfig'),
  npm_config_cache: npmSetting('cache'),
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
  npm_config_fund: 'false',
};

function npmSetting(name: string): string {
  return execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
}

interface Ran {
  readonly command: string;
  readonly status: number | null;
  readonly expected: number;
  readonly output: string;
}

export interface RanReadme {
  readonly commands: readonly Ran[];
  /** The document with what the commands printed now. */
  readonly text: string;
}

/** Runs the commands in `checkout`, in their order, except those that `isLeftOut`. */
export async function runReadme(
  place: Place,
  checkout: string,
  isLeftOut: (command: string) => boolean,
): Promise<RanReadme> {
  const document = readFileSync(join(checkout, 'README.md'), 'utf8');
  const commands: Ran[] = [];
  let [text, end, before] = ['', 0, ''];
  for (const block of document.matchAll(BLOCK)) {
    const [whole, kind, content = ''] = block;
    if (kind === 'sh') {
      for (const command of content.trimEnd().split('\n')) {
        if (!isLeftOut(command)) commands.push(await run(place, checkout, command));
      }
    }
    const output = commands.at(-1)?.output ?? '';
    text += document.slice(end, block.index);
    const isPrinted = kind === 'text' && before === 'sh';
    text += isPrinted ? `\`\`\`text\n${output}\`\`\`\n` : whole;
    before = kind ?? '';
    end = block.index + whole.length;
  }
  return { commands, text: text + document.slice(end) };
}

async function run(place: Place, checkout: string, command: string): Promise<Ran> {
  const { finished } = place.start('bash', ['-c', `exec 2>&1\n${command}`], {
    cwd: checkout,
    environment: NPM,
  });
  const { status, stdout } = await finished;
  const expected = Number(/# status (\d+)$/.exec(command)?.[1] ?? 0);
  const output = stdout
    .replaceAll(place.homeOf(), READER.home)
    .replaceAll(` ${hostname()}:`, ` ${READER.host}:`);
  return { command, status, expected, output };
}
