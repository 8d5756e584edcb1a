/** Conformance scripts: the errors of file calls. */
import {
  bytesOf,
  type ConformanceScript,
  must,
  octal,
  outcome,
  type Stage,
  single,
  textOf,
} from '../stage.ts';

const NAME_BYTES_MAX = 255;
const PATH_BYTES_MAX = 4095;
const ID_PAST_LAST = 2 ** 32 - 1;

function touch({ world: { files }, directory }: Stage, name: string): string {
  const path = `${directory}/${name}`;
  must(files.open(path, 'create', 0o600)).close();
  return path;
}

export const fileErrorScripts: readonly ConformanceScript[] = [
  single(
    'files: a link in the last component is not followed, one on the way is',
    [
      'read: ELOOP',
      'append: ELOOP',
      'create: EEXIST',
      'info: link',
      'target: 0600 length 0',
      'through a linked directory: ok',
      'make a linked directory: ok',
      'make where a link leads nowhere: EEXIST',
      'read where a link leads nowhere: ELOOP',
      'round and round: ELOOP',
      'list a linked directory: inside',
      'remove the link: ok',
      'target stays: file',
    ],
    async (stage) => {
      const { directory, say } = stage;
      const { files } = stage.world;
      const target = touch(stage, 'target');
      const link = `${directory}/link`;
      stage.link(link, target);
      say(`read: ${outcome(files.open(link, 'read'))}`);
      say(`append: ${outcome(files.open(link, 'append', 0o666))}`);
      say(`create: ${outcome(files.open(link, 'create', 0o666))}`);
      say(`info: ${must(files.info(link)).kind}`);
      // Kernels differ in whether a link has a mode; the link's target keeps its own.
      files.setMode(link, 0o644);
      const { mode, byteLength } = must(files.info(target));
      say(`target: ${octal(mode)} length ${byteLength}`);
      must(files.makeDirectory(`${directory}/d`, 0o700));
      stage.link(`${directory}/ld`, `${directory}/d`);
      const through = files.open(`${directory}/ld/inside`, 'create');
      say(`through a linked directory: ${outcome(through)}`);
      must(through).close();
      say(`make a linked directory: ${outcome(files.makeDirectory(`${directory}/ld`, 0o700))}`);
      stage.link(`${directory}/nowhere`, `${directory}/none`);
      const nowhere = `${directory}/nowhere`;
      say(`make where a link leads nowhere: ${outcome(files.makeDirectory(nowhere, 0o700))}`);
      say(`read where a link leads nowhere: ${outcome(files.open(nowhere, 'read'))}`);
      stage.link(`${directory}/round`, `${directory}/round`);
      say(`round and round: ${outcome(files.open(`${directory}/round/x`, 'read'))}`);
      say(`list a linked directory: ${must(files.list(`${directory}/ld`)).join(' ')}`);
      say(`remove the link: ${outcome(files.remove(link))}`);
      say(`target stays: ${must(files.info(target)).kind}`);
    },
  ),
  single(
    'files: names and paths that are too long or invalid',
    [
      'name of 255 bytes: ok',
      'name of 256 bytes: ENAMETOOLONG',
      'path of 4096 bytes: ENAMETOOLONG',
      'open, zero byte: EINVAL',
      'info, zero byte: EINVAL',
      'list, zero byte: EINVAL',
      'make, zero byte: EINVAL',
      'remove, zero byte: EINVAL',
      'rename, zero byte: EINVAL',
      'mode, zero byte: EINVAL',
      'owner -1: EINVAL',
      'group 2^32-1: EINVAL',
    ],
    async ({ world: { files }, directory, users, say }) => {
      const longest = `${directory}/${'n'.repeat(NAME_BYTES_MAX)}`;
      const made = files.open(longest, 'create');
      say(`name of 255 bytes: ${outcome(made)}`);
      must(made).close();
      say(`name of 256 bytes: ${outcome(files.open(`${longest}n`, 'create'))}`);
      const path = `${directory}/`.padEnd(PATH_BYTES_MAX + 1, './');
      say(`path of 4096 bytes: ${outcome(files.info(path))}`);
      const zero = `${directory}/a\0b`;
      say(`open, zero byte: ${outcome(files.open(zero, 'create'))}`);
      say(`info, zero byte: ${outcome(files.info(zero))}`);
      say(`list, zero byte: ${outcome(files.list(zero))}`);
      say(`make, zero byte: ${outcome(files.makeDirectory(zero, 0o700))}`);
      say(`remove, zero byte: ${outcome(files.remove(zero))}`);
      say(`rename, zero byte: ${outcome(files.rename(zero, `${directory}/c`))}`);
      say(`mode, zero byte: ${outcome(files.setMode(zero, 0o600))}`);
      say(`owner -1: ${outcome(files.setOwner(longest, -1, users.root.gid))}`);
      say(`group 2^32-1: ${outcome(files.setOwner(longest, users.root.uid, ID_PAST_LAST))}`);
    },
  ),
  single(
    'files.rename() answers the error that fits',
    [
      'directory over a full one: ENOTEMPTY',
      'directory over an empty one: ok',
      'file over a directory: EISDIR',
      'directory over a file: ENOTDIR',
      'directory into itself: EINVAL',
      'into no directory: ENOENT',
      'through a file: ENOTDIR',
      'onto itself: ok',
    ],
    async (stage) => {
      const { directory, say } = stage;
      const { files } = stage.world;
      for (const name of ['one', 'empty', 'full']) {
        must(files.makeDirectory(`${directory}/${name}`, 0o700));
      }
      touch(stage, 'full/x');
      const file = touch(stage, 'f');
      const rename = (from: string, to: string): string =>
        outcome(files.rename(`${directory}/${from}`, `${directory}/${to}`));
      say(`directory over a full one: ${rename('one', 'full')}`);
      say(`directory over an empty one: ${rename('one', 'empty')}`);
      say(`file over a directory: ${rename('f', 'empty')}`);
      say(`directory over a file: ${rename('empty', 'f')}`);
      say(`directory into itself: ${rename('full', 'full/inside')}`);
      say(`into no directory: ${rename('f', 'none/f')}`);
      say(`through a file: ${rename('empty', 'f/d')}`);
      say(`onto itself: ${outcome(files.rename(file, file))}`);
    },
  ),
  single(
    'files: the wrong kind of thing',
    [
      'read a directory: ok, then EISDIR',
      'open a socket: ENXIO',
      'set the mode of nothing: ENOENT',
      'set the owner of nothing: ENOENT',
      'sync a file as a directory: ENOTDIR',
      'info through a file: ENOTDIR',
      'list through a file: ENOTDIR',
      'remove through a file: ENOTDIR',
      'kinds: directory file pipe socket',
    ],
    async (stage) => {
      const { directory, say, users } = stage;
      const { files, pipes, unix } = stage.world;
      const opened = must(files.open(directory, 'read'));
      say(`read a directory: ok, then ${outcome(opened.read(new Uint8Array(8), 0))}`);
      opened.close();
      const listener = must(unix.listen(`${directory}/s`, { mode: 0o600 }, () => {}));
      say(`open a socket: ${outcome(files.open(`${directory}/s`, 'read'))}`);
      const none = `${directory}/none`;
      say(`set the mode of nothing: ${outcome(files.setMode(none, 0o600))}`);
      const { uid, gid } = users.root;
      say(`set the owner of nothing: ${outcome(files.setOwner(none, uid, gid))}`);
      const file = touch(stage, 'f');
      say(`sync a file as a directory: ${outcome(files.syncDirectory(file))}`);
      say(`info through a file: ${outcome(files.info(`${file}/x`))}`);
      say(`list through a file: ${outcome(files.list(`${file}/x`))}`);
      say(`remove through a file: ${outcome(files.remove(`${file}/x`))}`);
      must(pipes.create(`${directory}/p`, { mode: 0o600 }));
      const kinds = ['', '/f', '/p', '/s'].map((name) => must(files.info(directory + name)).kind);
      say(`kinds: ${kinds.join(' ')}`);
      listener.close();
    },
  ),
  single(
    'OpenFile.lock() is exclusive, until the file is closed',
    [
      'first: ok',
      'again: ok',
      'second: EAGAIN',
      'another file: ok',
      'after close: ok',
      'when closed: EBADF',
      'the others when closed: EBADF EBADF EBADF EBADF',
    ],
    async (stage) => {
      const { directory, say } = stage;
      const { files } = stage.world;
      const path = touch(stage, 'f');
      const first = must(files.open(path, 'append'));
      const second = must(files.open(path, 'read'));
      say(`first: ${outcome(first.lock())}`);
      say(`again: ${outcome(first.lock())}`);
      say(`second: ${outcome(second.lock())}`);
      const other = must(files.open(`${directory}/other`, 'create'));
      say(`another file: ${outcome(other.lock())}`);
      first.close();
      say(`after close: ${outcome(second.lock())}`);
      say(`when closed: ${outcome(first.lock())}`);
      const closed = [
        first.append([bytesOf('x')]),
        first.read(new Uint8Array(1), 0),
        first.truncate(0),
        first.sync(),
      ];
      say(`the others when closed: ${closed.map(outcome).join(' ')}`);
      second.close();
      other.close();
    },
  ),
  single(
    'OpenFile.lock() is of the file that the path leads to',
    ['renamed: ENOENT', 'replaced: ENOENT', 'there again: ok', 'removed: ENOENT'],
    async (stage) => {
      const { directory, say } = stage;
      const { files } = stage.world;
      const path = touch(stage, 'f');
      const file = must(files.open(path, 'append'));
      must(files.rename(path, `${directory}/g`));
      say(`renamed: ${outcome(file.lock())}`);
      touch(stage, 'f');
      say(`replaced: ${outcome(file.lock())}`);
      must(files.rename(`${directory}/g`, path));
      say(`there again: ${outcome(file.lock())}`);
      must(files.remove(path));
      say(`removed: ${outcome(file.lock())}`);
      file.close();
    },
  ),
  {
    name: 'files: closed and sticky directories, and locks of killed processes',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          const { files } = stage.world;
          must(files.makeDirectory(`${stage.directory}/closed`, 0o700));
          must(files.makeDirectory(`${stage.directory}/sticky`, 0o1777));
          touch(stage, 'sticky/ours');
          must(files.open(`${stage.directory}/locked`, 'create', 0o666)).close();
        },
      },
      {
        user: 'alice',
        run: async ({ world: { files }, directory, say }) => {
          const closed = `${directory}/closed`;
          say(`info: ${outcome(files.info(`${closed}/x`))}`);
          say(`make: ${outcome(files.makeDirectory(`${closed}/x/y`, 0o700))}`);
          say(`create: ${outcome(files.open(`${closed}/x`, 'create'))}`);
          say(`sync: ${outcome(files.syncDirectory(closed))}`);
          must(files.open(`${directory}/mine`, 'create')).close();
          say(`rename into: ${outcome(files.rename(`${directory}/mine`, `${closed}/x`))}`);
          const ours = `${directory}/sticky/ours`;
          say(`remove from sticky: ${outcome(files.remove(ours))}`);
          say(`rename in sticky: ${outcome(files.rename(ours, `${ours}2`))}`);
          const locked = must(files.open(`${directory}/locked`, 'append'));
          say(`lock: ${outcome(locked.lock())}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const file = must(stage.world.files.open(`${stage.directory}/locked`, 'read'));
          stage.keep.set('file', file);
          stage.say(`bob: ${outcome(file.lock())}`);
          file.close();
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'bob',
        run: async ({ world: { files }, directory, say }) => {
          const file = must(files.open(`${directory}/locked`, 'read'));
          say(`bob, when alice was killed: ${outcome(file.lock())}`);
          const into = new Uint8Array(4);
          say(`bob reads: ${textOf(into.subarray(0, must(file.read(into, 0))))}.`);
          file.close();
        },
      },
    ],
    expected: [
      'info: EACCES',
      'make: EACCES',
      'create: EACCES',
      'sync: EACCES',
      'rename into: EACCES',
      'remove from sticky: EPERM',
      'rename in sticky: EPERM',
      'lock: ok',
      'bob: EAGAIN',
      'bob, when alice was killed: ok',
      'bob reads: .',
    ],
  },
];
