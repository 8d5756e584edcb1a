/** What may stand at the end of a command line (R2.13), as the table of commands has it. */
import { describe, expect, it } from 'vitest';
import { choiceFor } from '../../../../../bin/lttng/completion/choice.ts';
import { COMMANDS } from '../../../../../bin/lttng/table/table.ts';

function choice(line: string): ReturnType<typeof choiceFor> {
  const words = line.split(' ');
  return choiceFor(words.slice(0, -1), words.at(-1) ?? '');
}

function valuesOf(line: string): string[] {
  const made = choice(line);
  return made.kind === 'values' ? made.candidates.map(({ value }) => value) : [made.kind];
}

describe('the end of a command line', () => {
  it('is the name of a command, after options of lttng', () => {
    const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(valuesOf('')).toEqual(names);
    expect(valuesOf('-q --group tracing sta')).toEqual(['start', 'status']);
    expect(valuesOf('--group=x enable-e')).toEqual(['enable-event']);
  });

  it('is an option of the command or of every command, once', () => {
    expect(valuesOf('consume --s')).toEqual([
      '--stop',
      '--supervise',
      '--snapshot',
      '--session',
      '--sessiond-path',
    ]);
    expect(valuesOf('consume --stop --st')).toEqual([]);
    expect(valuesOf('add-event x --kern')).toEqual(['--kernel']);
    expect(valuesOf('add-event x --kpr')).toEqual([]);
    expect(valuesOf('--v')).toEqual(['--verbose', '--version']);
  });

  it('is the value of an option, also after "=" and in a list', () => {
    expect(valuesOf('--output-format ')).toEqual(['text', 'json']);
    expect(valuesOf('list --output-format=j')).toEqual(['--output-format=json']);
    expect(valuesOf('add-event x --loglevel NO')).toEqual(['NOTICE']);
    expect(choice('add-event x --pid=12')).toMatchObject({
      knows: 'pids',
      prefix: '--pid=',
      rest: '12',
    });
    expect(choice('record --event=a,b\\,c,d')).toMatchObject({
      knows: 'events',
      prefix: '--event=a,b\\,c,',
      rest: 'd',
    });
    expect(choice('add-event -k sched_s')).toMatchObject({
      knows: 'kernel-events',
      rest: 'sched_s',
      isOfKernel: true,
    });
    expect(choice('add-event --kernel --syscall op')).toMatchObject({ knows: 'syscalls' });
    expect(choice('record -k sched,sy')).toMatchObject({
      knows: 'kernel-events',
      prefix: 'sched,',
      isOfKernel: false,
    });
    expect(choice('record -e a')).toMatchObject({ knows: 'events' });
    expect(choice('track --vpid 12,3')).toMatchObject({ knows: 'pids', prefix: '12,', rest: '3' });
    expect(choice('track --pid 12,3')).toMatchObject({ knows: 'pids', prefix: '12,', rest: '3' });
    expect(choice('untrack --vpid=12,3')).toMatchObject({ prefix: '--vpid=12,', rest: '3' });
    expect(valuesOf('track --vpid --al')).toEqual(['--all']);
    expect(valuesOf('track --vpid --session=web --al')).toEqual(['--all']);
    expect(valuesOf('create -o ')).toEqual(['directories']);
    expect(valuesOf('create -s ')).toEqual([]);
  });

  it('is an operand by its place, of the session that the line names', () => {
    expect(choice('start we')).toMatchObject({ knows: 'sessions', prefix: '', rest: 'we' });
    expect(choice('load we')).toMatchObject({ knows: 'saved', prefix: '', rest: 'we' });
    expect(choice('add-event -s web a:b,')).toMatchObject({ knows: 'events', prefix: 'a:b,' });
    expect(choice('add-event a:b ')).toMatchObject({ knows: 'processes' });
    expect(choice('disable-event --session=web ')).toMatchObject({
      knows: 'rules',
      session: 'web',
    });
    expect(choice('disable-channel -s web ')).toMatchObject({ knows: 'channels', session: 'web' });
    expect(valuesOf('start web ')).toEqual([]);
    expect(valuesOf('disable-channel net ')).toEqual([]);
    expect(valuesOf('view one two ')).toEqual(['directories']);
    expect(valuesOf('help exit')).toEqual(['exit-codes']);
    expect(valuesOf('no-such-command --pid ')).toEqual(valuesOf(''));
  });

  it('is of another program after its name', () => {
    expect(valuesOf('record -- ')).toEqual(['programs']);
    expect(valuesOf('record -e x no')).toEqual(['programs']);
    expect(valuesOf('record -- node --ins')).toEqual(['files']);
    expect(valuesOf('run node --ins')).toEqual(['files']);
  });
});
