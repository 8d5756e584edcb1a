/**
 * Completion in real shells (R2.13): `lttng completion` prints a script, which asks the live registry. An application
 * gives its event a name that a shell would run.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST, LIBRARY, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';

const POLL_MS = 50;
const HOSTILE = 'hostile $(touch ran) `touch ran`';
const APP = `
import { i32, tracepoint } from '${LIBRARY}';
tracepoint('shop:order', { n: i32 });
tracepoint('shop:refund', { n: i32 });
tracepoint(${JSON.stringify(HOSTILE)}, { n: i32 });
setInterval(() => {}, 1000);
`;

let place: Place;
let pid: number;
beforeAll(async () => {
  place = makePlace();
  const bin = join(place.directory, 'bin');
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(DIST, 'bin/lttng.js')}' "$@"\n`;
  writeFileSync(join(bin, 'lttng'), program);
  chmodSync(join(bin, 'lttng'), 0o755);
  await place.ok(['create', 'web']);
  await place.ok(['create', 'worker']);
  await place.ok(['set-session', 'web']);
  await place.ok(['add-channel', 'net', '-s', 'web']);
  await place.ok(['add-event', 'shop:*', '-s', 'web', '-c', 'net']);
  const file = join(place.directory, 'app.mjs');
  writeFileSync(file, APP);
  ({ pid } = place.start(process.execPath, ['--import', REGISTER, file]));
  while (!(await place.ok(['list', '--events'])).includes('shop:order')) await pass(POLL_MS);
});
afterAll(() => place.end());

async function shell(program: string, args: readonly string[], script: string): Promise<string[]> {
  const file = join(place.directory, `script.${program}`);
  writeFileSync(file, script);
  const environment = { PATH: `${join(place.directory, 'bin')}:${place.environment['PATH']}` };
  const { stdout, stderr } = await place.start(program, [...args, file], { environment }).finished;
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

const isMissing = (program: string): boolean =>
  spawnSync(program, ['--version']).error !== undefined;

describe('bash', () => {
  /** Calls the function as readline does, and prints what it answers. */
  const DRIVER = `eval "$(lttng completion bash)"
answer() {
  COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=(\${1##* }) COMP_CWORD=0
  _lttng lttng
  (IFS='|'; echo "\${COMPREPLY[*]}")
}
`;

  it('completes commands, options, and the names that the registry knows', async () => {
    const expected: readonly (readonly [string, string])[] = [
      ['lttng sta', 'start|status'],
      ['lttng start ', 'web|worker'],
      ['lttng start wo', 'worker'],
      ['lttng add-event shop:', 'order|refund'],
      ["lttng add-event 'shop:order,shop:r", 'shop:order,shop:refund'],
      ['lttng add-event x -s web -c ', 'net'],
      ['lttng disable-event ', 'shop:\\*'],
      ['lttng version --pid ', String(pid)],
      ['lttng consume --su', '--supervise'],
    ];
    const calls = expected.map(([line]) => `answer ${JSON.stringify(line)}\n`);
    const answers = await shell('bash', ['--norc'], DRIVER + calls.join(''));
    expect(answers).toEqual(expected.map(([, answer]) => answer));
  });

  it('runs nothing that a name contains', async () => {
    const script = `${DRIVER}answer 'lttng add-event hos'\neval "printf '%s\\n' \${COMPREPLY[0]}"\n`;
    const [, word] = await shell('bash', ['--norc'], script);
    expect(word).toBe(HOSTILE);
    expect(existsSync(join(place.homeOf(), 'ran'))).toBe(false);
  });
});

describe('fish', () => {
  it.skipIf(isMissing('fish'))('completes the same, with descriptions', async () => {
    const lines = ['lttng sta', 'lttng start ', 'lttng add-event "shop:o', 'lttng list --pid='];
    const calls = lines.map((line) => `complete -C '${line}'\n`);
    const script = `lttng completion fish | source\n${calls.join('')}`;
    expect(await shell('fish', ['--no-config'], script)).toEqual([
      'start\tstart recording',
      'status\tshow the registry and the session that commands use here',
      'web\tinactive',
      'worker\tinactive',
      'shop:order\tn: i32',
      `--pid=${pid}\tapp.mjs`,
    ]);
  });
});

describe('zsh', () => {
  it.skipIf(isMissing('zsh'))('completes the same on its line', async () => {
    /** Types each line and a tab into a terminal, then has the line printed after a sign. */
    const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; autoload -Uz compinit; compinit -u -D; source <(lttng completion zsh); echo re''ady'
zpty -r z seen '*ready*'
for line in 'start wo' 'add-event shop:r' 'add-event "shop:o' 'consume --su' 'add-event hos'; do
  zpty -w -n z "lttng $line"$'\\t\\x01'"print -r -- @ "$'\\x05'"; echo do''ne"$'\\n'
  zpty -r z seen '*done*'
  print -r -- "$seen"
done
zpty -d z
`;
    const printed = (await shell('zsh', ['-f'], script)).map((line) =>
      stripVTControlCharacters(line).replaceAll('\r', '').trimEnd(),
    );
    expect(printed.filter((line) => line.startsWith('@ lttng'))).toEqual([
      '@ lttng start worker',
      '@ lttng add-event shop:refund',
      '@ lttng add-event shop:order',
      '@ lttng consume --supervise',
      `@ lttng add-event ${HOSTILE}`,
    ]);
    expect(existsSync(join(place.homeOf(), 'ran'))).toBe(false);
  });
});

describe('without a registry that answers', () => {
  it('no name is offered, and no registry is started', async () => {
    const other = makePlace();
    try {
      for (const line of [
        ['start', ''],
        ['add-event', ''],
      ]) {
        const answer = await other.lttng(['__complete', '--', 'fish', ...line]);
        expect(answer).toMatchObject({ status: 0, stdout: 'values\n', stderr: '' });
      }
      expect(existsSync(join(other.directory, 'run'))).toBe(false);
    } finally {
      await other.end();
    }
  });

  it('no name is offered: its time is limited', async () => {
    const other = makePlace();
    const registry = other.startProgram('lttng-sessiond', []);
    try {
      while ((await other.lttng(['--no-sessiond', 'list'])).status !== 0) await pass(POLL_MS);
      registry.kill('SIGSTOP');
      const answer = await other.lttng(['__complete', '--', 'zsh', 'start', '']);
      expect(answer).toMatchObject({ status: 0, stdout: 'values\n', stderr: '' });
    } finally {
      registry.kill('SIGCONT');
      await other.end();
    }
  });
});
