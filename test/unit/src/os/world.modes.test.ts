/** Files, pipes and sockets of the real World have exactly the requested mode, under any umask. */
import { afterEach, expect, test } from 'vitest';
import { createTestWorld, must, scratchDirectory } from '../../../support/real/os.ts';

const UMASK_OF_TESTS = 0o022;
afterEach(() => {
  process.umask(UMASK_OF_TESTS);
});

test.each([0o000, 0o022, 0o077, 0o777])('under umask %o', (umask) => {
  const { files, pipes, unix } = createTestWorld();
  const directory = scratchDirectory();
  process.umask(umask);
  for (const mode of [0o600, 0o660, 0o666, 0o620]) {
    const at = `${directory}/${mode}`;
    must(files.makeDirectory(`${at}/parent/child`, mode | 0o700));
    must(files.open(`${at}/created`, 'create', mode)).close();
    must(files.open(`${at}/appended`, 'append', mode)).close();
    must(pipes.create(`${at}/pipe`, { mode }));
    const listener = must(unix.listen(`${at}/socket`, { mode }, () => {}));
    const modes = ['parent', 'parent/child', 'created', 'appended', 'pipe', 'socket'].map(
      (name) => must(files.info(`${at}/${name}`)).mode,
    );
    listener.close();
    const directories = [mode | 0o700, mode | 0o700];
    expect(modes).toEqual([...directories, mode, mode, mode, mode]);
  }
});

test('modes are set on the path itself, not through a link put in its place', () => {
  const { files } = createTestWorld();
  const directory = scratchDirectory();
  must(files.open(`${directory}/target`, 'create', 0o600)).close();
  must(files.makeDirectory(`${directory}/d`, 0o700));
  expect(files.setMode(`${directory}/none`, 0o666)).toMatchObject({ error: { code: 'ENOENT' } });
  must(files.setMode(`${directory}/d`, 0o2750));
  expect(must(files.info(`${directory}/d`)).mode).toBe(0o2750);
});
