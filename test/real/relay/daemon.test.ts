/** `lttng-relayd` as a daemon: in the background, its files, its configuration file, its signals. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DIST } from '../../support/real/os.ts';
import { linesOf } from '../../support/real/relayd.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ANY = ['-C', 'tcp://127.0.0.1:0', '-D', 'tcp://127.0.0.1:0', '-L', 'tcp://127.0.0.1:0'];
/** No address of any machine (RFC 5737). */
const NOWHERE = 'tcp://192.0.2.7:7000';
const UNTIL = { timeout: 20_000 };

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
});

/** Runs `lttng-relayd` until the process that was started ends. */
function relayd(...options: string[]): { readonly status: number | null; readonly error: string } {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(DIST, 'bin/lttng-relayd.js'), ...options],
    {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, LTTNG_TS_RUNDIR: join(home, '.lttng-ts') },
      // A background relay keeps the streams, and this call would wait for their end.
      stdio: ['ignore', 'ignore', options.includes('-b') ? 'ignore' : 'pipe'],
      timeout: 60_000,
    },
  );
  return { status, error: stderr ?? '' };
}

/** The process in the background that wrote this file; it is ended after the test. */
function started(pidFile = join(home, 'relay.pid')): number {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function portOf(pid: number, listener: string): number {
  const path = join(home, `.lttng-ts/relayd-${pid}/${listener}.port`);
  return Number(readFileSync(path, 'utf8'));
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

const log = (): string => linesOf(join(home, 'relay.log')).join('\n');
const FILES = ['--pid-file', 'relay.pid', '--log-file', 'relay.log', '-o', 'traces'];

describe('a relay in the background', () => {
  it.each(['-d', '-b'])('%s: the starter returns when it is ready', async (style) => {
    expect(relayd(style, ...ANY, ...FILES)).toEqual({ status: 0, error: '' });
    const pid = started();
    for (const listener of ['control', 'data', 'live'])
      expect(await connects(portOf(pid, listener))).toBe(true);
    expect(log()).toContain('"relay.ready"');
    // Its own session, so that no terminal ends it.
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]).toBe(`${pid}`);
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => isAlive(pid), UNTIL).toBe(false);
    expect(log()).toContain('"relay.ending"');
    expect(readdirSync(home).sort()).toEqual(['.lttng-ts', 'relay.log', 'traces']);
    expect(readdirSync(join(home, '.lttng-ts'))).toEqual([]);
  });

  it('the starter says why it cannot start, and ends with its status', () => {
    const nowhere = [...ANY, '-C', NOWHERE, '-o', 'traces'];
    const reason = 'EADDRNOTAVAIL from network.listen on 192.0.2.7:7000';
    expect(relayd('-d', ...nowhere)).toEqual({
      status: 1,
      error: `lttng-relayd: ${reason}\n`,
    });
    writeFileSync(join(home, 'file'), '');
    expect(relayd('-d', ...ANY, '-o', 'file/traces').error).toContain('ENOTDIR');
    expect(relayd('-d', ...ANY, '-o', 't', '--pid-file', 'no/pid').error).toContain('ENOENT');
    expect(relayd('-d', ...ANY, '-o', 't', '--log-file', 'no/log')).toEqual({
      status: 1,
      error: `lttng-relayd: Cannot log to ${join(home, 'no/log')} (ENOENT)\n`,
    });
    expect(relayd('-d', '-w', 'no').error).toBe(
      'lttng-relayd: Cannot change to the directory no (ENOENT)\n',
    );
    expect(readdirSync(join(home, '.lttng-ts'))).toEqual([]);
  });

  it('the files that a killed relay left are replaced, and those of its ports removed', async () => {
    for (let time = 0; time < 2; time++) {
      expect(relayd('-d', ...ANY, ...FILES).status).toBe(0);
      const pid = started();
      expect(readdirSync(join(home, '.lttng-ts'))).toEqual([`relayd-${pid}`]);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => isAlive(pid), UNTIL).toBe(false);
    }
  });

  it('--dynamic-port-allocation chooses the ports that are not given', async () => {
    const [, control = ''] = ANY;
    expect(relayd('-d', '--dynamic-port-allocation', '-C', control, ...FILES).status).toBe(0);
    const pid = started();
    expect(await connects(portOf(pid, 'data'))).toBe(true);
    expect(relayd('--dynamic-port-allocation', ...ANY)).toEqual({
      status: 1,
      error: 'lttng-relayd: --dynamic-port-allocation has no port to choose\n',
    });
  });
});

describe('options of LTTng that cannot be had', () => {
  it('are refused with the reason', () => {
    const group = relayd('-g', 'tracing');
    expect(group.status).toBe(2);
    expect(group.error).toContain('no health check socket');
    const both = relayd('-d', '--background');
    expect(both.status).toBe(2);
    expect(both.error).toContain('cannot be used with');
    expect(relayd('--fd-pool-size', '0').status).toBe(2);
  });
});

describe('a configuration file', () => {
  const write = (text: string): string => {
    writeFileSync(join(home, 'relay.conf'), text);
    return 'relay.conf';
  };

  it('gives options, and those of the command line prevail', () => {
    const file = write(
      [
        '; for all daemons',
        '[sessiond]',
        'no-such-key=1',
        '[relayd]',
        'control-port = tcp://127.0.0.1:0  # any',
        'data-port=tcp://127.0.0.1:0',
        'live-port: tcp://127.0.0.1:0',
        'daemonize=yes',
        'pid-file=relay.pid',
        'output=there',
        'group-output-by-session=yes',
        'disallow-clear=no',
      ].join('\n'),
    );
    expect(relayd('-f', file, '-o', 'here', '-p')).toEqual({ status: 0, error: '' });
    started();
    expect(existsSync(join(home, 'here'))).toBe(true);
    expect(existsSync(join(home, 'there'))).toBe(false);
  });

  it.each([
    ['no-such-key=1', 'line 2: no-such-key is no option for a file'],
    ['config=other', 'line 2: config is no option for a file'],
    ['verbose=perhaps', 'line 2: verbose is perhaps, not one of true, yes, on, false, no, off'],
    ['output=', 'line 2: output needs a value'],
    ['output=a\noutput=b', 'line 3: output is in line 2 already'],
    ['log-level=loud', 'line 2: log-level is loud: Allowed choices are debug, info, warn, error'],
    ['daemonize=on\nbackground=on', 'line 3: background cannot be used with daemonize'],
    ['something', 'line 2: it is not of the form key=value'],
  ])('with %j is refused, with its line', (text, sentence) => {
    const { status, error } = relayd('-f', write(`[relayd]\n${text}\n`));
    expect(status).toBe(1);
    expect(error).toContain(`lttng-relayd: relay.conf, ${sentence}`);
  });

  it('that is missing, too long, or without a section is refused', () => {
    expect(relayd('-f', 'none').error).toBe('lttng-relayd: Cannot read none (ENOENT)\n');
    expect(relayd('-f', '/dev/zero').error).toContain('longer than 65536 bytes');
    expect(relayd('-f', write('output=a')).error).toContain('line 1: it stands before the first');
  });

  it('is read again on SIGHUP, which opens the log again', async () => {
    const file = write('[relayd]\nlog-level=warn\n');
    expect(relayd('-d', ...ANY, ...FILES, '-f', file).status).toBe(0);
    const pid = started();
    expect(log()).not.toContain('"relay.ready"');
    write('[relayd]\nlog-level=info\n');
    renameSync(join(home, 'relay.log'), join(home, 'relay.log.1'));
    process.kill(pid, 'SIGHUP');
    await expect.poll(log, UNTIL).toContain('"configuration.reloaded"');
    write('[relayd]\nlog-level=loud\n');
    process.kill(pid, 'SIGHUP');
    await expect.poll(log, UNTIL).toContain('"configuration.rejected"');
    expect(isAlive(pid)).toBe(true);
  });
});
