/** Conformance scripts: files. */
import type { OpenFile } from '../../../src/port/files.ts';
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

function content(stage: Stage, path: string): string {
  const file = must(stage.world.files.open(path, 'read'));
  const into = new Uint8Array(256);
  const count = must(file.read(into, 0));
  file.close();
  return textOf(into.subarray(0, count));
}

export const fileScripts: readonly ConformanceScript[] = [
  single(
    'files.open() makes, appends to and reads a file',
    [
      'append to nothing: ok',
      'appended: 5',
      'length: 5',
      'read at 1: ello',
      'read at the end: 0',
      'append again: 6',
      'content: hello world',
    ],
    async (stage) => {
      const { files } = stage.world;
      const path = `${stage.directory}/file`;
      const opened = files.open(path, 'append', 0o640);
      stage.say(`append to nothing: ${outcome(opened)}`);
      const file = must(opened);
      stage.say(`appended: ${must(file.append([bytesOf('he'), bytesOf(''), bytesOf('llo')]))}`);
      stage.say(`length: ${must(file.byteLength())}`);
      const into = new Uint8Array(16);
      stage.say(`read at 1: ${textOf(into.subarray(0, must(file.read(into, 1))))}`);
      stage.say(`read at the end: ${must(file.read(into, 5))}`);
      file.close();
      const again = must(files.open(path, 'append'));
      stage.say(`append again: ${must(again.append([bytesOf(' world')]))}`);
      must(again.sync());
      again.close();
      stage.say(`content: ${content(stage, path)}`);
    },
  ),
  single(
    'files.open() answers the error that fits',
    [
      'read missing: ENOENT',
      'create in missing directory: ENOENT',
      'create: ok',
      'create again: EEXIST',
      'through a file: ENOTDIR',
      'append to a directory: EISDIR',
      'append when read-only: EBADF',
      'truncate when read-only: EINVAL',
      'after close: EBADF',
    ],
    async ({ world: { files }, directory, say }) => {
      say(`read missing: ${outcome(files.open(`${directory}/none`, 'read'))}`);
      say(`create in missing directory: ${outcome(files.open(`${directory}/no/f`, 'create'))}`);
      const created = files.open(`${directory}/f`, 'create');
      say(`create: ${outcome(created)}`);
      must(created).close();
      say(`create again: ${outcome(files.open(`${directory}/f`, 'create'))}`);
      say(`through a file: ${outcome(files.open(`${directory}/f/g`, 'create'))}`);
      say(`append to a directory: ${outcome(files.open(directory, 'append'))}`);
      const file = must(files.open(`${directory}/f`, 'read'));
      say(`append when read-only: ${outcome(file.append([bytesOf('x')]))}`);
      say(`truncate when read-only: ${outcome(file.truncate(0))}`);
      file.close();
      file.close();
      say(`after close: ${outcome(file.byteLength())}`);
    },
  ),
  single(
    'OpenFile.truncate() cuts, and what is appended next follows the cut',
    ['cut: ok', 'length: 2', 'content: abXY', 'cut to nothing: 0'],
    async (stage) => {
      const path = `${stage.directory}/file`;
      const file = must(stage.world.files.open(path, 'create'));
      must(file.append([bytesOf('abcdef')]));
      stage.say(`cut: ${outcome(file.truncate(2))}`);
      stage.say(`length: ${must(file.byteLength())}`);
      must(file.append([bytesOf('XY')]));
      stage.say(`content: ${content(stage, path)}`);
      must(file.truncate(0));
      stage.say(`cut to nothing: ${must(file.byteLength())}`);
      file.close();
    },
  ),
  single(
    'OpenFile.standing() tells of a file that others moved, removed, replaced or shortened',
    [
      'begun: 6 named',
      'without a path: 6 named',
      'shortened: 2 named',
      'renamed: 2 nameless',
      'at its new name: 2 named',
      'replaced: 2 nameless removed',
      'without a path: 2 named removed',
      'another one: 3 named',
      'with its directory: 3 nameless removed',
      'behind a file: 3 nameless removed',
      'after close: EBADF',
    ],
    async ({ world: { files }, directory, say }) => {
      const told = (file: OpenFile, path?: string): string => {
        const standing = file.standing(path);
        if (!standing.ok) return standing.error.code;
        const { byteLength, isNamed, isRemoved } = standing.value;
        return `${byteLength} ${isNamed ? 'named' : 'nameless'}${isRemoved ? ' removed' : ''}`;
      };
      must(files.makeDirectory(`${directory}/d`, 0o700));
      const path = `${directory}/d/file`;
      const file = must(files.open(path, 'create'));
      must(file.append([bytesOf('abcdef')]));
      say(`begun: ${told(file, path)}`);
      say(`without a path: ${told(file)}`);
      const hand = must(files.open(path, 'append'));
      must(hand.truncate(2));
      hand.close();
      say(`shortened: ${told(file, path)}`);
      must(files.rename(path, `${directory}/moved`));
      say(`renamed: ${told(file, path)}`);
      say(`at its new name: ${told(file, `${directory}/moved`)}`);
      const other = must(files.open(path, 'create'));
      must(other.append([bytesOf('xyz')]));
      must(files.rename(path, `${directory}/moved`));
      say(`replaced: ${told(file, `${directory}/moved`)}`);
      say(`without a path: ${told(file)}`);
      say(`another one: ${told(other, `${directory}/moved`)}`);
      must(files.rename(`${directory}/moved`, path));
      must(files.remove(path));
      must(files.remove(`${directory}/d`));
      say(`with its directory: ${told(other, path)}`);
      must(files.open(`${directory}/d`, 'create')).close();
      say(`behind a file: ${told(other, path)}`);
      file.close();
      other.close();
      say(`after close: ${told(file, path)}`);
    },
  ),
  single(
    'files set exactly the modes that were asked for',
    [
      'created: file 0666 length 0',
      'default: file 0600 length 0',
      'existing keeps: file 0666 length 0',
      'directory: directory 0757',
      'parent: directory 0757',
      'changed: file 0604 length 0',
      'owner is ours: yes',
    ],
    async ({ world: { files }, directory, users, say }) => {
      const about = (path: string): string => {
        const info = must(files.info(path));
        const length = info.kind === 'file' ? ` length ${info.byteLength}` : '';
        return `${info.kind} ${octal(info.mode)}${length}`;
      };
      must(files.open(`${directory}/wide`, 'create', 0o666)).close();
      say(`created: ${about(`${directory}/wide`)}`);
      must(files.open(`${directory}/plain`, 'append')).close();
      say(`default: ${about(`${directory}/plain`)}`);
      must(files.open(`${directory}/wide`, 'append', 0o600)).close();
      say(`existing keeps: ${about(`${directory}/wide`)}`);
      must(files.makeDirectory(`${directory}/a/b`, 0o757));
      say(`directory: ${about(`${directory}/a/b`)}`);
      say(`parent: ${about(`${directory}/a`)}`);
      must(files.setMode(`${directory}/wide`, 0o604));
      say(`changed: ${about(`${directory}/wide`)}`);
      const { uid } = must(files.info(`${directory}/wide`));
      say(`owner is ours: ${uid === users.root.uid ? 'yes' : 'no'}`);
    },
  ),
  single(
    'files.makeDirectory() accepts what is there and reports what is in the way',
    ['again: ok', 'mode kept: 0700', 'file in place: EEXIST', 'file as parent: ENOTDIR'],
    async ({ world: { files }, directory, say }) => {
      must(files.makeDirectory(`${directory}/d`, 0o700));
      say(`again: ${outcome(files.makeDirectory(`${directory}/d`, 0o755))}`);
      say(`mode kept: ${octal(must(files.info(`${directory}/d`)).mode)}`);
      must(files.open(`${directory}/f`, 'create')).close();
      say(`file in place: ${outcome(files.makeDirectory(`${directory}/f`, 0o700))}`);
      say(`file as parent: ${outcome(files.makeDirectory(`${directory}/f/d`, 0o700))}`);
    },
  ),
  single(
    'files.list(), rename() and remove()',
    [
      'empty: ',
      'listed: B a b',
      'list a file: ENOTDIR',
      'list nothing: ENOENT',
      'rename over: ok',
      'left: B b',
      'content: from a',
      'rename nothing: ENOENT',
      'remove full directory: ENOTEMPTY',
      'remove file: ok',
      'remove directory: ok',
      'remove nothing: ENOENT',
      'info of nothing: ENOENT',
      'sync directory: ok',
      'sync nothing: ENOENT',
    ],
    async (stage) => {
      const { directory, say } = stage;
      const { files } = stage.world;
      say(`empty: ${must(files.list(directory)).join(' ')}`);
      const a = must(files.open(`${directory}/a`, 'create'));
      must(a.append([bytesOf('from a')]));
      a.close();
      must(files.open(`${directory}/b`, 'create')).close();
      must(files.makeDirectory(`${directory}/B`, 0o700));
      say(`listed: ${must(files.list(directory)).join(' ')}`);
      say(`list a file: ${outcome(files.list(`${directory}/a`))}`);
      say(`list nothing: ${outcome(files.list(`${directory}/none`))}`);
      say(`rename over: ${outcome(files.rename(`${directory}/a`, `${directory}/b`))}`);
      say(`left: ${must(files.list(directory)).join(' ')}`);
      say(`content: ${content(stage, `${directory}/b`)}`);
      say(`rename nothing: ${outcome(files.rename(`${directory}/a`, `${directory}/c`))}`);
      must(files.open(`${directory}/B/x`, 'create')).close();
      say(`remove full directory: ${outcome(files.remove(`${directory}/B`))}`);
      say(`remove file: ${outcome(files.remove(`${directory}/B/x`))}`);
      say(`remove directory: ${outcome(files.remove(`${directory}/B`))}`);
      say(`remove nothing: ${outcome(files.remove(`${directory}/B`))}`);
      say(`info of nothing: ${outcome(files.info(`${directory}/B`))}`);
      say(`sync directory: ${outcome(files.syncDirectory(directory))}`);
      say(`sync nothing: ${outcome(files.syncDirectory(`${directory}/B`))}`);
    },
  ),
  single(
    'OpenFile outlives the name of its file',
    ['appended: 4', 'read: gone', 'name: ENOENT'],
    async ({ world: { files }, directory, say }) => {
      const file = must(files.open(`${directory}/f`, 'create'));
      must(files.remove(`${directory}/f`));
      say(`appended: ${must(file.append([bytesOf('gone')]))}`);
      const into = new Uint8Array(8);
      say(`read: ${textOf(into.subarray(0, must(file.read(into, 0))))}`);
      file.close();
      say(`name: ${outcome(files.info(`${directory}/f`))}`);
    },
  ),
  {
    name: 'files keep users apart',
    severalUsers: true,
    steps: [
      {
        user: 'alice',
        run: async ({ world: { files }, directory, users, say }) => {
          must(files.open(`${directory}/private`, 'create', 0o600)).close();
          must(files.open(`${directory}/public`, 'create', 0o644)).close();
          must(files.makeDirectory(`${directory}/home`, 0o700));
          must(files.open(`${directory}/home/f`, 'create', 0o666)).close();
          const given = files.setOwner(`${directory}/public`, users.bob.uid, users.bob.gid);
          say(`give away: ${outcome(given)}`);
        },
      },
      {
        user: 'bob',
        run: async ({ world: { files }, directory, users, say }) => {
          say(`read private: ${outcome(files.open(`${directory}/private`, 'read'))}`);
          const readable = files.open(`${directory}/public`, 'read');
          say(`read public: ${outcome(readable)}`);
          if (readable.ok) readable.value.close();
          say(`append to public: ${outcome(files.open(`${directory}/public`, 'append'))}`);
          say(`change mode: ${outcome(files.setMode(`${directory}/public`, 0o666))}`);
          say(`into home: ${outcome(files.open(`${directory}/home/f`, 'read'))}`);
          say(`list home: ${outcome(files.list(`${directory}/home`))}`);
          say(`remove from home: ${outcome(files.remove(`${directory}/home/f`))}`);
          const info = must(files.info(`${directory}/private`));
          say(`owner: ${info.uid === users.alice.uid ? 'alice' : info.uid}`);
        },
      },
      {
        user: 'root',
        run: async ({ world: { files }, directory, users, say }) => {
          must(files.setOwner(`${directory}/private`, users.bob.uid, users.bob.gid));
          const { uid, gid } = must(files.info(`${directory}/private`));
          const given = uid === users.bob.uid && gid === users.bob.gid;
          say(`root gives away: ${given ? 'bob' : 'no'}`);
        },
      },
    ],
    expected: [
      'give away: EPERM',
      'read private: EACCES',
      'read public: ok',
      'append to public: EACCES',
      'change mode: EPERM',
      'into home: EACCES',
      'list home: EACCES',
      'remove from home: EACCES',
      'owner: alice',
      'root gives away: bob',
    ],
  },
];
