/** Starts of our own programs and of daemons, and the place of a daemon's last output. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { visible } from '../../../../src/base/visible.ts';
import type { ProcessExit, SpawnRequest } from '../../../../src/port/processes.ts';
import {
  createTestWorld,
  DIST,
  must,
  runSnippet,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

/** A program that writes facts about its process to the file that its first argument names. */
const PROBE = `
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
const stat = readFileSync('/proc/self/stat', 'latin1');
const [, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
writeFileSync(process.argv[2], JSON.stringify({
  execPath: process.execPath,
  args: process.argv.slice(2),
  leadsSession: Number(session) === process.pid,
  streams: [0, 1, 2].map((fd) => readlinkSync('/proc/self/fd/' + fd)),
  directory: process.cwd(),
  environment: process.env.PROBE,
}));
process.exit(3);
`;

/** Installs a program among our own; returns its name. */
function plantProgram(text: string): string {
  const name = `probe-${process.pid}`;
  const path = `${DIST}bin/${name}.js`;
  mkdirSync(`${DIST}bin`, { recursive: true });
  writeFileSync(path, text);
  onTestFinished(() => rmSync(path));
  return name;
}

async function runProbe(style: SpawnRequest['style']): Promise<Record<string, unknown>> {
  const { processes } = createTestWorld();
  const directory = scratchDirectory();
  const args = [`${directory}/out`, 'a b', '$HOME', ''];
  const exits: ProcessExit[] = [];
  must(
    processes.spawn(
      {
        program: `lttng-ts:${plantProgram(PROBE)}`,
        args,
        environment: { PROBE: 'given', LEFT_OUT: undefined },
        workingDirectory: directory,
        style,
      },
      (exit) => exits.push(exit),
    ),
  );
  await until(() => exits.length > 0);
  expect(exits).toEqual([{ code: 3 }]);
  const seen = JSON.parse(readFileSync(`${directory}/out`, 'utf8')) as Record<string, unknown>;
  expect(seen).toMatchObject({ execPath: process.execPath, args, directory, environment: 'given' });
  return seen;
}

test('lttng-ts:NAME runs bin/NAME.js with our own interpreter; a daemon leads a session, without streams', async () => {
  const seen = await runProbe('daemon');
  expect(seen).toMatchObject({
    leadsSession: true,
    streams: ['/dev/null', '/dev/null', '/dev/null'],
  });
});

test('a child that inherits stays in our session', async () => {
  expect(await runProbe('inherit')).toMatchObject({ leadsSession: false });
});

test('a daemon outlives its parent', async () => {
  const directory = scratchDirectory();
  const { stdout, status } = runSnippet(
    `const { processes, identity } = createRealWorld({ log: () => {} });
     const { pid } = must(processes.spawn(
       { program: 'sleep', args: ['600'], environment: identity.environment, style: 'daemon' },
       () => {},
     ));
     process.stdout.write(String(pid));`,
    [directory],
  );
  const pid = Number(stdout);
  onTestFinished(() => {
    process.kill(pid, 'SIGKILL');
  });
  expect({ status, isPid: pid > 1 }).toEqual({ status: 0, isPid: true });
  expect(createTestWorld().processes.isAlive(pid)).toBe(true);
});

test('the last output of a daemon that dies goes to its log file', async () => {
  const { processes } = createTestWorld();
  const path = `${scratchDirectory()}/log`;
  const program = plantProgram(`
    import { createPinoLog } from '../src/os/log.js';
    const { log } = createPinoLog({ name: 'probe', level: 'info', path: process.argv[2] });
    log('actor.debug');
    log('registry.ready', { count: 12n });
    throw new Error('last words');
  `);
  const exits: ProcessExit[] = [];
  const request = { program: `lttng-ts:${program}`, args: [path], environment: {} };
  must(processes.spawn({ ...request, style: 'daemon' }, (exit) => exits.push(exit)));
  await until(() => exits.length > 0);
  expect(exits).toEqual([{ code: 1 }]);
  const text = readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n');
  expect(JSON.parse(first)).toMatchObject({
    level: 'info',
    event: 'registry.ready',
    msg: 'The registry is ready',
    count: '12',
  });
  expect(text).toContain('Error: last words');
});

test('a log line has no character that steers a terminal, and the same values', () => {
  const path = `${scratchDirectory()}/log`;
  const reason = '\u001b[2J\u009b\u202e\u2028\n\u{e0041}';
  runSnippet(
    `createPinoLog({ name: 'probe', level: 'info', path: args[0] }).log('registry.ready', { reason: args[1] });`,
    [path, reason],
  );
  const [line = '', ...rest] = readFileSync(path, 'utf8').split('\n');
  expect(rest).toEqual(['']);
  expect(visible(line)).toBe(line);
  expect(JSON.parse(line)).toMatchObject({ reason: reason });
});

test('a log file does not replace a real standard error', () => {
  const path = `${scratchDirectory()}/log`;
  const { stderr } = runSnippet(
    `createPinoLog({ name: 'probe', level: 'info', path: args[0] }).log('registry.ready');
     process.stderr.write('still here');`,
    [path],
  );
  expect(stderr).toBe('still here');
  expect(readFileSync(path, 'utf8')).not.toContain('still here');
});

test('identity: $LTTNG_HOME, then $HOME, then passwd', () => {
  const home = (environment: Readonly<Record<string, string>>): string => {
    const assign = `Object.assign(process.env, ${JSON.stringify(environment)});`;
    return runSnippet(
      `delete process.env.HOME; delete process.env.LTTNG_HOME; ${assign}
       process.stdout.write(createRealWorld({ log: () => {} }).identity.homeDirectory);`,
    ).stdout;
  };
  expect(home({ LTTNG_HOME: '/ours', HOME: '/theirs' })).toBe('/ours');
  expect(home({ LTTNG_HOME: '', HOME: '/theirs' })).toBe('/theirs');
  expect(home({})).toMatch(/^\//);
});
