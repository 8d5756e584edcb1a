/** Options of a relay, from its command line and from a file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relaydCommand, relaydOptions } from '../../../../bin/daemon/relayd-options.ts';
import {
  LIVE_MEMORY_BYTES,
  LIVE_MEMORY_BYTES_MAX,
  LIVE_MEMORY_BYTES_MIN,
} from '../../../../src/relay/limits.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** Bytes for live sessions, or why the options are wrong. */
function memoryOf(args: readonly string[], lines: readonly string[] = []): unknown {
  const path = join(temporaryDirectory(), 'relay.conf');
  writeFileSync(path, ['[relayd]', ...lines, ''].join('\n'));
  const command = relaydCommand().action(() => undefined);
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.parse([...args, '--config', path], { from: 'user' });
  const options = relaydOptions(command);
  return options.ok ? options.value.liveInMemory : options.error.slice(path.length);
}

describe('--live-in-memory', () => {
  it.each([
    [[], undefined],
    [['--live-in-memory'], LIVE_MEMORY_BYTES],
    [['--live-in-memory=16M'], LIVE_MEMORY_BYTES_MIN],
    [['--live-in-memory=64G'], LIVE_MEMORY_BYTES_MAX],
    [['--live-in-memory', '20m'], 20 * 1024 * 1024],
  ])('%j is %d bytes', (args, bytes) => {
    expect(memoryOf(args)).toBe(bytes);
  });

  it.each(['16777215', '65G', '16777216.0', 'much'])('cannot be %s', (size) => {
    expect(() => memoryOf([`--live-in-memory=${size}`])).toThrow('not a size from 16M to 65536M');
  });

  it.each([
    ['live-in-memory=yes', LIVE_MEMORY_BYTES],
    ['live-in-memory=no', undefined],
    ['live-in-memory=32M', 32 * 1024 * 1024],
    ['live-in-memory=1M', ', line 2: live-in-memory is 1M: It is not a size from 16M to 65536M'],
    ['live-in-memory=', ', line 2: live-in-memory needs a value'],
  ])('is in a file: %s', (line, expected) => {
    expect(memoryOf([], [line])).toBe(expected);
  });

  it('of the command line prevails', () => {
    expect(memoryOf(['--live-in-memory=17M'], ['live-in-memory=32M'])).toBe(17 * 1024 * 1024);
  });
});
