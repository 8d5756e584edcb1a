/** Channels on the command line: disabled, paused, and with buffers by target (R1.29, R2.2, R2.3, R2.6 to R2.8). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tickProgram } from '../../support/real/programs.ts';
import { makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';
import { readTrace } from '../../support/real/traces.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

async function json<T>(args: readonly string[]): Promise<T> {
  return JSON.parse(await place.ok([...args, '--output-format', 'json'])) as T;
}

async function refusal(args: readonly string[]): Promise<string> {
  const { status, stderr } = await place.lttng(args);
  return `${status}: ${stderr}`;
}

/** Events that the trace has by now. */
function ticksIn(output: string): number {
  return existsSync(join(output, 'ust')) ? readTrace(output).events.length : 0;
}

describe('channels and targets', () => {
  it('disable what is not recorded, and differ by process (R1.29, R2.6, R2.7)', async () => {
    const program = tickProgram(place, { batch: 1, pauseMs: 5, total: 0 });
    const name = program.split('/').at(-1) ?? '';
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-channel', 'net,idle', '--subbuf-size', '64k', '--num-subbuf=2', '-q']);
    await place.ok(['add-channel', 'net', name, '--subbuf-size', '256k', '-q']);
    await place.ok(['enable-event', 'test:*', '-c', 'net', '--userspace', '--tracepoint', '-q']);
    expect((await place.ok(['config', '-c', 'net', name])).split('\n')).toEqual([
      `Channel net, command ${name}`,
      '  when full     discard and count',
      '  sub-buffers   4 of 256 KiB',
      '  switch timer  1000000 µs',
      '  read timer    200000 µs',
      '',
    ]);
    expect(
      (await json<{ channels: object[] }>(['config', '--channel', 'net', '--all'])).channels,
    ).toMatchObject([{ name: 'net', shape: { subbufferBytes: 65_536, subbufferCount: 2 } }]);
    await place.ok(['start']);
    const app = place.start(process.execPath, ['--import', REGISTER, program]);
    await app.line(/^1$/);
    const library = { pid: app.pid, processName: name, libraryVersion: VERSION_TEXT };
    expect(await json<object>(['version', name])).toEqual({ libraries: [library] });
    expect(await place.ok(['list', name])).toContain(`${name} (pid ${app.pid}):`);

    const events = (): number => ticksIn(join(place.homeOf(), 'lttng-traces/web'));
    await expect.poll(events, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await place.ok(['pause'])).toBe('Paused session web; "lttng start" resumes it\n');
    expect(await refusal(['pause'])).toBe('1: lttng: Session "web" is already paused (ALREADY)\n');
    await place.ok(['stop']);
    const paused = events();
    await place.ok(['disable-channel', 'net']);
    await place.ok(['start']);
    await place.ok(['stop']);
    expect(events()).toBe(paused);
    await place.ok(['start']);
    await place.ok(['enable-channel', 'net']);
    await expect.poll(events, { timeout: 20_000 }).toBeGreaterThan(paused);
    const { channels } = (await json<{ session: SessionInfo }>(['destroy'])).session;
    expect(channels.map(({ disabled }) => disabled)).toEqual([undefined, undefined]);
    app.kill('SIGTERM');
    await app.finished;
  });

  it('bound the files of streams, in every form of output and across save and load', async () => {
    await place.ok(['create', 'web', '-q']);
    const bounds = ['--tracefile-size', '8M', '--tracefile-count', '16'];
    const added = await place.lttng(['add-channel', 'net', ...bounds]);
    expect(added).toMatchObject({ status: 0, stderr: '' });
    const small = ['--subbuf_size', '4k', '--tracefile_size=4096'];
    const raised = await place.lttng(['enable-channel', 'small', ...small, '-u']);
    expect(raised.stderr).toBe(
      'Note: the size of a file is 4264 bytes, not 4096: it has room for a full sub-buffer and its headers.\n',
    );
    expect(await place.ok(['config'])).toContain(
      '  files         16 of at most 8 MiB, the oldest is overwritten\n',
    );
    expect(await place.ok(['config', '-c', 'small'])).toContain('  files         any number of at');
    const xml = await place.ok(['--mi=xml', 'list', 'web']);
    expect(xml).toContain('<tracefile_size>8388608</tracefile_size>');
    expect(xml).toContain('<tracefile_count>16</tracefile_count>');
    await place.ok(['save', 'web']);
    await place.ok(['destroy', 'web']);
    await place.ok(['load', 'web']);
    const { channels } = (await json<{ session: SessionInfo }>(['list', 'web'])).session;
    expect(channels.map(({ settings }) => settings.tracefiles)).toEqual([
      { bytes: 8_388_608, count: 16 },
      { bytes: 4264, count: 0 },
    ]);
    expect(await refusal(['add-channel', 'a', '--tracefile-count=3'])).toBe(
      '2: lttng: --tracefile-count needs --tracefile-size: a file of any size is never full (USAGE)\n',
    );
    for (const [option, value] of [
      ['--tracefile-size', '1025G'],
      ['--tracefile-size', 'much'],
      ['--tracefile-count', '4097'],
    ] as const) {
      expect(await refusal(['add-channel', 'a', option, value])).toMatch(/^2: lttng: The /);
    }
    expect(await refusal(['add-channel', 'net_7'])).toMatch(
      /^1: lttng: The files of channel "net" .* as those of channel "net_7" \(CHANNEL_EXISTS\)\n$/,
    );
  });

  const NEITHER = 'This version records tracepoints and system calls of the kernel';
  it.each([
    [['add-event', 'x', '-k', '--kprobe', '0x10'], `${NEITHER}, no probes (NO_KERNEL)`],
    [['add-event', '-k', '--userspace-probe', 'x'], `${NEITHER}, no probes (NO_KERNEL)`],
    [['disable-event', 'x', '--function', 'f'], `${NEITHER}, no functions (NO_KERNEL)`],
    [
      ['untrack', '--kernel', '--pid', '1'],
      'The kernel is traced for all processes; add-event --kernel --filter "common_pid == N" selects a thread ' +
        '(NO_KERNEL)',
    ],
    [
      ['version', '--kernel', 'x'],
      'The name of a command is for programs, not for --kernel (USAGE)',
    ],
    [['list', '-k', '--pid', '1'], '--pid is for programs, not for --kernel (USAGE)'],
    [['list', '--syscall'], '--syscall is for --kernel (USAGE)'],
    [
      ['add-channel', 'x', '-k', '--buffers-uid'],
      '--buffers-uid is for programs, not for --kernel (USAGE)',
    ],
    [['config', '-k', '-u'], 'Name one of --userspace and --kernel (USAGE)'],
    [['config', '-k', 'x'], 'The name of a command is for programs, not for --kernel (USAGE)'],
    [
      ['record', '--kernel', 'sched', '--on-crash', '--', 'true'],
      '--on-crash writes a snapshot, without the kernel (USAGE)',
    ],
    [
      ['record', '--syscall', 'openat', '--live', '--', 'true'],
      'A live session (--live) has nothing of the kernel (USAGE)',
    ],
  ])('refuse what is not there of the kernel, or of programs alone: %j', async (args, reason) => {
    expect(await refusal(args)).toBe(`2: lttng: ${reason}\n`);
  });
});
