/** Conformance scripts: directories that a process holds open. */
import { type ConformanceScript, must, octal, outcome, single } from '../stage.ts';

export const heldDirectoryScripts: readonly ConformanceScript[] = [
  single(
    'files.holdDirectory() keeps calls in the directory that was opened, whatever its path leads to now',
    [
      'hold: ok',
      'made: directory 0700',
      'written: moved',
      'through the path: ENOENT',
      'directory in it: ok',
      'link below: ENOTDIR',
      'list of a link: ENOTDIR',
      'link as file: ELOOP',
      'renamed inside: ok',
      'going up: EINVAL',
      'elsewhere is empty: yes',
      'after close: ok',
      'through the path now: 1',
    ],
    async ({ world: { files }, directory, link, say }) => {
      const path = `${directory}/a/held`;
      must(files.makeDirectory(`${directory}/elsewhere`, 0o700));
      const hold = files.holdDirectory(path, 0o700);
      say(`hold: ${outcome(hold)}`);
      const { kind, mode } = must(files.info(path));
      say(`made: ${kind} ${octal(mode)}`);
      must(files.rename(`${directory}/a`, `${directory}/moved`));
      link(`${directory}/a`, `${directory}/elsewhere`);
      must(files.open(`${path}/f`, 'append')).close();
      const there = must(files.list(`${directory}/moved/held`));
      say(`written: ${there.includes('f') ? 'moved' : 'elsewhere'}`);
      say(`through the path: ${outcome(files.info(`${directory}/a/held`.replace('/held', '/x')))}`);
      say(`directory in it: ${outcome(files.makeDirectory(`${path}/d/e`, 0o700))}`);
      link(`${directory}/moved/held/l`, `${directory}/elsewhere`);
      say(`link below: ${outcome(files.open(`${path}/l/f`, 'append'))}`);
      say(`list of a link: ${outcome(files.list(`${path}/l`))}`);
      say(`link as file: ${outcome(files.open(`${path}/l`, 'append'))}`);
      say(`renamed inside: ${outcome(files.rename(`${path}/f`, `${path}/d/g`))}`);
      say(`going up: ${outcome(files.open(`${path}/../f`, 'append'))}`);
      const isEmpty = must(files.list(`${directory}/elsewhere`)).length === 0;
      say(`elsewhere is empty: ${isEmpty ? 'yes' : 'no'}`);
      must(hold).close();
      say(`after close: ${outcome(files.makeDirectory(path, 0o700))}`);
      say(`through the path now: ${must(files.list(`${directory}/elsewhere`)).length}`);
    },
  ),
  single(
    'files.holdDirectory() opens a removed directory again, and answers the error that fits',
    [
      'removed: ok',
      'again: ok',
      'there: yes',
      'missing: ENOENT',
      'a file: EEXIST',
      'below a file: ENOTDIR',
    ],
    async ({ world: { files }, directory, say }) => {
      const path = `${directory}/held`;
      must(files.holdDirectory(path, 0o700));
      must(files.rename(path, `${directory}/away`));
      say(`removed: ${outcome(files.remove(`${directory}/away`))}`);
      say(`again: ${outcome(files.makeDirectory(`${path}/d`, 0o700))}`);
      say(`there: ${must(files.list(directory)).includes('held') ? 'yes' : 'no'}`);
      say(`missing: ${outcome(files.holdDirectory(`${directory}/none`))}`);
      must(files.open(`${directory}/f`, 'create')).close();
      say(`a file: ${outcome(files.holdDirectory(`${directory}/f`, 0o700))}`);
      say(`below a file: ${outcome(files.holdDirectory(`${directory}/f/d`, 0o700))}`);
    },
  ),
  {
    name: 'files.holdDirectory() follows links that no other user can replace, and no others',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async ({ world: { files }, directory, link }) => {
          must(files.makeDirectory(`${directory}/target`, 0o755));
          must(files.makeDirectory(`${directory}/own`, 0o755));
          link(`${directory}/own/link`, `${directory}/target`);
          must(files.setMode(directory, 0o1777));
          link(`${directory}/of-root`, 'target');
        },
      },
      {
        user: 'alice',
        run: async ({ world: { files }, directory, link }) => {
          must(files.makeDirectory(`${directory}/of-alice`, 0o755));
          link(`${directory}/of-alice/link`, `${directory}/target`);
          link(`${directory}/link-of-alice`, `${directory}/target`);
        },
      },
      {
        user: 'root',
        run: async ({ world: { files }, directory, say }) => {
          for (const name of [
            'own/link',
            'of-root',
            'of-alice',
            'of-alice/link',
            'link-of-alice',
          ]) {
            say(`${name}: ${outcome(files.holdDirectory(`${directory}/${name}/made`, 0o700))}`);
          }
          must(files.setMode(directory, 0o777));
          say(`not sticky: ${outcome(files.holdDirectory(`${directory}/of-root/more`, 0o700))}`);
        },
      },
    ],
    expected: [
      'own/link: ok',
      'of-root: ok',
      'of-alice: ok',
      'of-alice/link: ELOOP',
      'link-of-alice: ELOOP',
      'not sticky: ELOOP',
    ],
  },
];
