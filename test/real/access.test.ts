/** Runs the table of access rights with real users on a real machine and prints it. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { render, type Stage, TABLE, USERS, type User } from '../support/access/table.ts';
import { burstProgram } from '../support/real/programs.ts';
import {
  type Account,
  accountOf,
  makePlace,
  type Place,
  REGISTER,
  type RunOptions,
} from '../support/real/sandbox.ts';

const accounts: Partial<Record<User, Account>> = {};
for (const [user, name] of [
  ['alice', 'lttng-ts-a'],
  ['bob', 'lttng-ts-b'],
  ['carol', 'lttng-ts-c'],
] as const) {
  const account = accountOf(name);
  if (account !== undefined) accounts[user] = account;
}

async function lttng(place: Place, user: User, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args, optionsOf(user));
  if (status !== 0) throw new Error(`lttng ${args.join(' ')} by ${user}: ${stderr}`);
  return stdout;
}

function optionsOf(user: User): RunOptions {
  const account = accounts[user];
  return account === undefined ? {} : { account };
}

async function session(
  place: Place,
  user: User,
  name: string,
): Promise<{ uuid: string; output: string }> {
  const output = join(place.homeOf(accounts[user]), name);
  const made = await lttng(place, user, ['create', name, '-o', output, '--output-format', 'json']);
  return { uuid: (JSON.parse(made) as { session: { uuid: string } }).session.uuid, output };
}

it('the table of access rights holds for real users', async ({ skip }) => {
  if (Object.keys(accounts).length < 3) return skip('several users are there for root only');
  const place = makePlace();
  try {
    const stage = await setStage(place);
    const seen = TABLE.map((): string[] => []);
    for (const isChange of [undefined, true]) {
      for (const user of USERS) {
        const rows = TABLE.filter((row) => row.isChange === isChange);
        const probes = JSON.stringify(rows.map((row) => row.probe(stage, user)));
        const { finished } = place.startTool(
          'support/access/probe-main',
          [probes],
          optionsOf(user),
        );
        const words = (await finished).stdout.trim().split('\n');
        for (const [index, row] of rows.entries()) {
          seen[TABLE.indexOf(row)]?.push(words[index] ?? 'no answer');
        }
      }
    }
    process.stdout.write(`\n${render(seen)}\n`);
    expect(`\n${render(seen)}\n`).toBe(`\n${render(TABLE.map(({ expected }) => expected))}\n`);
  } finally {
    await place.end();
  }
  return undefined;
});

async function setStage(place: Place): Promise<Stage> {
  const registry = place.startProgram('lttng-sessiond', []);
  await registry.said(/registry\.ready/);
  const carols = place.startProgram('lttng-sessiond', [], optionsOf('carol'));
  await carols.said(/registry\.ready/);
  const program = burstProgram(place, join(place.directory, 'never'), 1);
  const startApplication = async (user: User): Promise<number> => {
    const args = ['--import', REGISTER, program];
    const application = place.start(process.execPath, args, optionsOf(user));
    await application.line(/^ready$/);
    for (let attempt = 0; attempt < 50; attempt++) {
      const apps = await lttng(place, user, ['list', '--apps', '--output-format', 'json']);
      if (apps.includes(`"pid":${application.pid},`)) return application.pid;
    }
    throw new Error(`the application of ${user} does not register`);
  };
  const alicesApp = await startApplication('alice');
  const carolsApp = await startApplication('carol');
  const web = await session(place, 'alice', 'web');
  const mine = await session(place, 'carol', 'mine');
  for (const [user, name] of [
    ['alice', 'web'],
    ['carol', 'mine'],
  ] as const) {
    await lttng(place, user, ['add-event', 'test:*', '-s', name]);
    await lttng(place, user, ['start', name]);
  }
  for (const user of USERS) await session(place, 'alice', `spare-${user}`);
  const home = (user: User): string => place.homeOf(accounts[user]);
  const uid = (user: User): number => accounts[user]?.uid ?? 0;
  return {
    uids: { root: 0, alice: uid('alice'), bob: uid('bob'), carol: uid('carol') },
    homes: {
      root: home('root'),
      alice: home('alice'),
      bob: home('bob'),
      carol: home('carol'),
    },
    runDirectory: join(place.directory, 'run'),
    carolsDirectory: join(home('carol'), '.lttng-ts'),
    webUuid: web.uuid,
    mineUuid: mine.uuid,
    webOutput: web.output,
    mineOutput: mine.output,
    alicesApp,
    carolsApp,
    segments: place.segments(),
  };
}
