/** `lttng enable-rotation` and `disable-rotation`: rotations of a session by time and by size. */
import type { Command } from 'commander';
import {
  ROTATION_BYTES_MIN,
  ROTATION_US_MAX,
  ROTATION_US_MIN,
} from '../../../src/wire/control/rotation.ts';
import { parseSize } from '../../terminal/size.ts';
import type { CliOf } from '../context.ts';
import { rotationText } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { parsePeriodUs } from '../options/global.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface EnableOptions {
  readonly timer?: number;
  readonly size?: number;
  readonly session?: string;
}

export function addEnableRotation(program: Command, cliOf: CliOf): void {
  program
    .command('enable-rotation')
    .summary('rotate a session by time or size')
    .description(
      'Rotates a session by itself while it records: a while after the last time, or when the present part of its ' +
        'trace has a size. Each part becomes an archive, as with "lttng rotate".',
    )
    .argument('[session]', 'the session, by name or UUID')
    .option('--timer <period>', 'rotate this often: microseconds, or 500ms, 30s, 10m, 1h', period)
    .option('--size <size>', 'rotate when so much is written: bytes, or 64k, 10M, 1G', size)
    .option(...SESSION_OPTION)
    .action(async (word: string | undefined, options: EnableOptions, command: Command) => {
      const { timer: everyUs, size: atBytes } = options;
      if (everyUs === undefined && atBytes === undefined) {
        throw usageFailure('Give a period (--timer), a size (--size) or both');
      }
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(word, options.session), (key) => ({
        op: 'rotation.enable',
        session: key,
        ...(everyUs === undefined ? {} : { everyUs }),
        ...(atBytes === undefined ? {} : { atBytes }),
      }));
      cli.output.value({ session });
      cli.output.tell(`Rotates ${called(session)} ${rotationText(session)}`);
    });
}

interface DisableOptions {
  readonly timer?: true;
  readonly size?: true;
  readonly session?: string;
}

export function addDisableRotation(program: Command, cliOf: CliOf): void {
  program
    .command('disable-rotation')
    .summary('rotate a session no more by itself')
    .description('Ends the rotations of a session by time, by size, or both. Its archives stay.')
    .argument('[session]', 'the session, by name or UUID')
    .option('--timer', 'rotations by time')
    .option('--size', 'rotations by size')
    .option(...SESSION_OPTION)
    .action(async (word: string | undefined, options: DisableOptions, command: Command) => {
      const of = [
        ...(options.timer === true ? (['everyUs'] as const) : []),
        ...(options.size === true ? (['atBytes'] as const) : []),
      ];
      if (of.length === 0) throw usageFailure('Say which schedule ends: --timer, --size or both');
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(word, options.session), (key) => ({
        op: 'rotation.disable',
        session: key,
        of,
      }));
      cli.output.value({ session });
      cli.output.tell(`Rotates ${called(session)} ${rotationText(session)}`);
    });
}

function period(value: string): number {
  const us = parsePeriodUs(value);
  if (us !== undefined && us >= ROTATION_US_MIN && us <= ROTATION_US_MAX) return us;
  const days = Math.floor(ROTATION_US_MAX / 86_400_000_000);
  throw usageFailure(`The period of rotations is from 1 second to ${days} days, not "${value}"`);
}

function size(value: string): number {
  const bytes = parseSize(value);
  if (bytes !== undefined && bytes >= ROTATION_BYTES_MIN) return bytes;
  throw usageFailure(
    `The size of rotations is at least ${ROTATION_BYTES_MIN / 1024}k, not "${value}"`,
  );
}
