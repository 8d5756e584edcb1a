/** Conformance scripts: named pipes. */
import type { PipeWait } from '../../../src/port/named-pipes.ts';
import {
  bytesOf,
  type ConformanceScript,
  kept,
  must,
  octal,
  outcome,
  type Stage,
  single,
  textOf,
} from '../stage.ts';

/** The port's longest write. */
const PIPE_WRITE_BYTES_MAX = 512;

function waitForSignal(stage: Stage): void {
  stage.keep.set('woken', 0);
  must(
    stage.world.pipes.awaitSignal(`${stage.directory}/p`, () => {
      stage.keep.set('woken', kept<number>(stage, 'woken') + 1);
    }),
  );
}

async function sayWoken(stage: Stage, who: string): Promise<void> {
  await stage.until(`${who} was woken`, () => kept<number>(stage, 'woken') > 0);
  await stage.pass(20);
  stage.say(`${who} woken: ${kept<number>(stage, 'woken')}`);
}

export const pipeScripts: readonly ConformanceScript[] = [
  single(
    'pipes.create() makes a pipe with exactly the mode',
    [
      'create: ok',
      'info: pipe 0622',
      'again: EEXIST',
      'over a file: EEXIST',
      'in no directory: ENOENT',
      'remove: ok',
      'gone: ENOENT',
    ],
    async ({ world: { files, pipes }, directory, say }) => {
      const path = `${directory}/p`;
      say(`create: ${outcome(pipes.create(path, { mode: 0o622 }))}`);
      const { kind, mode } = must(files.info(path));
      say(`info: ${kind} ${octal(mode)}`);
      say(`again: ${outcome(pipes.create(path, { mode: 0o622 }))}`);
      must(files.open(`${directory}/f`, 'create')).close();
      say(`over a file: ${outcome(pipes.create(`${directory}/f`, { mode: 0o600 }))}`);
      say(`in no directory: ${outcome(pipes.create(`${directory}/no/p`, { mode: 0o600 }))}`);
      say(`remove: ${outcome(files.remove(path))}`);
      say(`gone: ${outcome(pipes.signal(path))}`);
    },
  ),
  single(
    'pipes.signal() wakes every waiter once, later, and no other process',
    [
      'no waiter: ENXIO',
      'before: 0 0 0',
      'signal: ok',
      'inside the call: 0 0 0',
      'after: 1 1 0',
      'no waiter again: ENXIO',
      'second wait: ok',
      'after the second: 1 1 0 1',
    ],
    async ({ world: { pipes }, directory, say, until, pass }) => {
      const path = `${directory}/p`;
      must(pipes.create(path, { mode: 0o600 }));
      say(`no waiter: ${outcome(pipes.signal(path))}`);
      const woken = [0, 0, 0];
      const wake = (index: number) => () => {
        woken[index] = (woken[index] ?? 0) + 1;
      };
      const waits = woken.map((_, index) => must(pipes.awaitSignal(path, wake(index))));
      waits[2]?.close();
      await pass(20);
      say(`before: ${woken.join(' ')}`);
      say(`signal: ${outcome(pipes.signal(path))}`);
      say(`inside the call: ${woken.join(' ')}`);
      await until('both were woken', () => woken[0] === 1 && woken[1] === 1);
      await pass(20);
      say(`after: ${woken.join(' ')}`);
      say(`no waiter again: ${outcome(pipes.signal(path))}`);
      woken.push(0);
      say(`second wait: ${outcome(pipes.awaitSignal(path, wake(3)))}`);
      must(pipes.signal(path));
      await until('the fourth was woken', () => woken[3] === 1);
      say(`after the second: ${woken.join(' ')}`);
    },
  ),
  single(
    'a writer that stays keeps signals from a waiter; bytes wake it, and a reader keeps nothing from it',
    [
      'signal under a writer: ok',
      'woken: 0',
      'bytes: true',
      'woken by bytes: 1',
      'signal beside a reader: ok',
      'woken beside a reader: 1',
    ],
    async ({ world: { pipes }, directory, say, until, pass }) => {
      const path = `${directory}/p`;
      must(pipes.create(path, { mode: 0o600 }));
      let woken = 0;
      const wait = (): PipeWait =>
        must(
          pipes.awaitSignal(path, () => {
            woken += 1;
          }),
        );
      wait();
      const writer = must(pipes.openWriter(path));
      say(`signal under a writer: ${outcome(pipes.signal(path))}`);
      await pass(20);
      say(`woken: ${woken}`);
      say(`bytes: ${writer.write(bytesOf('x'))}`);
      await until('the bytes have woken it', () => woken > 0);
      say(`woken by bytes: ${woken}`);
      writer.close();
      woken = 0;
      const beside = must(pipes.awaitSignal(path, () => {}));
      wait();
      say(`signal beside a reader: ${outcome(pipes.signal(path))}`);
      await until('the signal has woken it', () => woken > 0);
      say(`woken beside a reader: ${woken}`);
      beside.close();
    },
  ),
  single(
    'pipes refuse what is no pipe',
    [
      'wait on nothing: ENOENT',
      'wait on a file: ENXIO',
      'wait on a directory: ENXIO',
      'signal nothing: ENOENT',
      'signal a file: ENXIO',
      'signal a directory: ENXIO',
      'read a file: ENXIO',
      'write to a file: ENXIO',
      'read nothing: ENOENT',
      'write to nothing: ENOENT',
      'wait through a link: ELOOP',
      'signal through a link: ELOOP',
      'wait, zero byte: EINVAL',
      'create, zero byte: EINVAL',
      'create, owner -1: EINVAL',
      'wait through a file: ENOTDIR',
    ],
    async ({ world: { files, pipes }, directory, link, say }) => {
      const file = `${directory}/f`;
      must(files.open(file, 'create')).close();
      say(`wait on nothing: ${outcome(pipes.awaitSignal(`${directory}/none`, () => {}))}`);
      say(`wait on a file: ${outcome(pipes.awaitSignal(file, () => {}))}`);
      say(`wait on a directory: ${outcome(pipes.awaitSignal(directory, () => {}))}`);
      say(`signal nothing: ${outcome(pipes.signal(`${directory}/none`))}`);
      say(`signal a file: ${outcome(pipes.signal(file))}`);
      say(`signal a directory: ${outcome(pipes.signal(directory))}`);
      say(`read a file: ${outcome(pipes.read(file, () => {}))}`);
      say(`write to a file: ${outcome(pipes.openWriter(file))}`);
      say(`read nothing: ${outcome(pipes.read(`${directory}/none`, () => {}))}`);
      say(`write to nothing: ${outcome(pipes.openWriter(`${directory}/none`))}`);
      must(pipes.create(`${directory}/p`, { mode: 0o600 }));
      link(`${directory}/link`, `${directory}/p`);
      say(`wait through a link: ${outcome(pipes.awaitSignal(`${directory}/link`, () => {}))}`);
      say(`signal through a link: ${outcome(pipes.signal(`${directory}/link`))}`);
      const zero = `${directory}/a\0b`;
      say(`wait, zero byte: ${outcome(pipes.awaitSignal(zero, () => {}))}`);
      say(`create, zero byte: ${outcome(pipes.create(zero, { mode: 0o600 }))}`);
      const nobodys = pipes.create(`${directory}/q`, { mode: 0o600, uid: -1 });
      say(`create, owner -1: ${outcome(nobodys)}`);
      say(`wait through a file: ${outcome(pipes.awaitSignal(`${file}/p`, () => {}))}`);
    },
  ),
  single(
    'pipes.read() gets what writers write, also after one left',
    [
      'no reader: ENXIO',
      'first: true',
      'second: true',
      'read: one two',
      'reader left: false',
      'nothing more: one two',
      'no reader again: ENXIO',
    ],
    async ({ world: { pipes }, directory, say, until, pass }) => {
      const path = `${directory}/p`;
      must(pipes.create(path, { mode: 0o600 }));
      say(`no reader: ${outcome(pipes.openWriter(path))}`);
      let text = '';
      const reader = must(
        pipes.read(path, (bytes) => {
          text += textOf(bytes);
        }),
      );
      const first = must(pipes.openWriter(path));
      say(`first: ${first.write(bytesOf('one'))}`);
      first.close();
      await until('the first was read', () => text === 'one');
      await pass(10);
      const second = must(pipes.openWriter(path));
      say(`second: ${second.write(bytesOf(' two'))}`);
      await until('the second was read', () => text === 'one two');
      say(`read: ${text}`);
      reader.close();
      await pass(10);
      say(`reader left: ${second.write(bytesOf('three'))}`);
      second.close();
      say(`nothing more: ${text}`);
      say(`no reader again: ${outcome(pipes.openWriter(path))}`);
    },
  ),
  single(
    'PipeWriter.write() takes 512 bytes whole, no more, and false means full',
    ['512: true', '513: refused', 'full: yes', 'all that was taken was read: yes', 'again: true'],
    async ({ world: { pipes }, directory, say, until }) => {
      const path = `${directory}/p`;
      must(pipes.create(path, { mode: 0o600 }));
      let read = 0;
      const reader = must(
        pipes.read(path, (bytes) => {
          read += bytes.length;
        }),
      );
      const writer = must(pipes.openWriter(path));
      say(`512: ${writer.write(new Uint8Array(PIPE_WRITE_BYTES_MAX))}`);
      try {
        say(`513: ${writer.write(new Uint8Array(PIPE_WRITE_BYTES_MAX + 1))}`);
      } catch {
        say('513: refused');
      }
      let taken = PIPE_WRITE_BYTES_MAX;
      let full = false;
      for (let attempt = 0; attempt < 10_000 && !full; attempt += 1) {
        full = !writer.write(new Uint8Array(PIPE_WRITE_BYTES_MAX));
        if (!full) taken += PIPE_WRITE_BYTES_MAX;
      }
      say(`full: ${full ? 'yes' : 'no'}`);
      await until('the reader caught up', () => read === taken);
      say('all that was taken was read: yes');
      say(`again: ${writer.write(bytesOf('x'))}`);
      writer.close();
      reader.close();
    },
  ),
  {
    name: 'pipes.signal() wakes waiters in other processes; owner and mode say who may',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async ({ world: { files, pipes }, directory, users }) => {
          must(files.makeDirectory(`${directory}/private`, 0o700));
          // Waiters read, so bob's group reads; only root signals.
          const { uid, gid } = { uid: users.alice.uid, gid: users.bob.gid };
          must(pipes.create(`${directory}/p`, { mode: 0o440, uid, gid }));
          must(pipes.create(`${directory}/closed`, { mode: 0o600 }));
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { pipes } = stage.world;
          waitForSignal(stage);
          stage.say(`alice signals: ${outcome(pipes.signal(`${stage.directory}/p`))}`);
          const closed = pipes.awaitSignal(`${stage.directory}/closed`, () => {});
          stage.say(`alice, closed: ${outcome(closed)}`);
          const given = { mode: 0o600, uid: stage.users.bob.uid };
          stage.say(`for bob: ${outcome(pipes.create(`${stage.directory}/given`, given))}`);
          stage.say(`left behind: ${outcome(stage.world.files.info(`${stage.directory}/given`))}`);
          const inside = pipes.create(`${stage.directory}/private/p`, { mode: 0o600 });
          stage.say(`in a closed directory: ${outcome(inside)}`);
          stage.say(`alice writes: ${outcome(pipes.openWriter(`${stage.directory}/p`))}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          waitForSignal(stage);
          stage.say(
            `bob reads: ${outcome(stage.world.pipes.read(`${stage.directory}/p`, () => {}))}`,
          );
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          waitForSignal(stage);
          await stage.pass(20);
          stage.say(`root woken early: ${kept<number>(stage, 'woken')}`);
          stage.say(`root signals: ${outcome(stage.world.pipes.signal(`${stage.directory}/p`))}`);
          await sayWoken(stage, 'root');
        },
      },
      { user: 'alice', run: (stage) => sayWoken(stage, 'alice') },
      { user: 'bob', run: (stage) => sayWoken(stage, 'bob') },
    ],
    expected: [
      'alice signals: EACCES',
      'alice, closed: EACCES',
      'for bob: EPERM',
      'left behind: ENOENT',
      'in a closed directory: EACCES',
      'alice writes: EACCES',
      'bob reads: EACCES',
      'root woken early: 0',
      'root signals: ok',
      'root woken: 1',
      'alice woken: 1',
      'bob woken: 1',
    ],
  },
];
