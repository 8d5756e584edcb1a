/**
 * Goal: our reader shows traces of LTTng's own tracer as babeltrace2 does. Method: a stored trace of LTTng UST 2.13
 * with every kind of field, beside babeltrace2's text of it; and, where LTTng can be installed, a new trace from an
 * unprivileged session daemon.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFiles } from '../../../src/os/files.ts';
import { renderLine } from '../../../src/view/render.ts';
import { createTextRenderer } from '../../../src/view/render-text.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import { missingForLttng, NOBODY } from '../../support/real/lttng.ts';
import { must } from '../../support/ring/memory.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { formatG, runBabeltrace } from '../../support/trace/babeltrace.ts';

const FIXTURES = join(import.meta.dirname, '../../support/trace/fixtures');

function show(directory: string): string[] {
  const { set, problems } = must(openTraceSet(createFiles(), [directory], { isFollowing: false }));
  expect(problems).toEqual([]);
  const renderer = createTextRenderer({ formatReal: formatG });
  const lines: string[] = [];
  for (let message = set.next(); message !== undefined; message = set.next()) {
    lines.push(renderLine(renderer, message));
  }
  set.close();
  return lines;
}

describe('a recorded trace of LTTng UST 2.13', () => {
  test('is shown as babeltrace2 shows it', () => {
    const fixture = join(FIXTURES, 'lttng-ust-2.13');
    const expected = readFileSync(join(fixture, 'babeltrace2.txt'), 'utf8').trimEnd().split('\n');
    expect(show(join(fixture, 'trace'))).toEqual(expected);
    expect(expected).toHaveLength(68);
  });
});

describe('a new trace of LTTng', () => {
  const missing = missingForLttng();
  test('is shown as babeltrace2 shows it', async ({ skip }) => {
    if (missing !== undefined) skip(`recording with LTTng needs ${missing}`);
    const directory = temporaryDirectory();
    chownSync(directory, NOBODY, NOBODY);
    for (const file of ['demo.c', 'demo.h']) {
      copyFileSync(join(FIXTURES, 'lttng-ust-2.13', file), join(directory, file));
    }
    const options = {
      cwd: directory,
      uid: NOBODY,
      gid: NOBODY,
      env: { PATH: process.env['PATH'], LTTNG_HOME: directory, HOME: directory },
    };
    const run = (program: string, ...args: string[]): void => {
      const { status, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status} ${stderr}`);
    };
    run('gcc', '-I.', '-o', 'demo', 'demo.c', '-llttng-ust', '-ldl', '-lpthread');
    const daemon = spawn('lttng-sessiond', ['--no-kernel'], {
      ...options,
      stdio: 'ignore',
    });
    onTestFinished(
      () =>
        new Promise((resolve) => {
          daemon.once('exit', () => resolve());
          daemon.kill('SIGTERM');
        }),
    );
    const isReady = (): boolean =>
      spawnSync('lttng', ['--no-sessiond', 'list'], options).status === 0;
    await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
    const out = join(directory, 'out');
    run('lttng', 'create', 'demo', `--output=${out}`);
    run('lttng', 'enable-channel', '-u', '--buffers-pid', '--subbuf-size=4k', 'ch');
    run('lttng', 'enable-event', '-u', '-c', 'ch', 'demo:*');
    run('lttng', 'add-context', '-u', '-t', 'vtid', '-t', 'procname');
    run('lttng', 'start');
    run('./demo', '400');
    run('lttng', 'destroy');
    const { lines } = runBabeltrace(out);
    const events = show(out).filter((line) => line.startsWith('['));
    expect(events).toEqual(lines);
    expect(events.length).toBeGreaterThan(100);
  });
});
