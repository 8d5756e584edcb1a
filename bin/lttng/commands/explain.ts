/** `lttng explain`: why a program is recorded or not, with one reason and one remedy. */
import type { Application } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { appsOf } from '../describe.ts';
import { explanationOf, type Seen } from '../explain/explanation.ts';
import { factsOf, pidsNamed } from '../explain/process-facts.ts';
import { CliFailure, EXIT } from '../failure.ts';

/** As many processes of one name are explained. */
const PROCESSES_MAX = 20;

export async function explain(cli: Cli, _options: object, asked: string): Promise<void> {
  const seen = await look(cli);
  const pids = /^\d+$/.test(asked) ? [Number(asked)] : pidsOf(asked, seen.apps);
  const found = pids.slice(0, PROCESSES_MAX).flatMap((pid) => factsOf(pid) ?? []);
  if (found.length === 0) {
    throw new CliFailure('NO_PROCESS', `There is no process ${asked}`, EXIT.refused);
  }
  const { output } = cli;
  for (const facts of found) {
    const { pid } = facts;
    const apps = appsOf(seen.apps, { pid });
    const name = apps[0]?.processName ?? facts.name;
    const { code, reason, remedy } = explanationOf(facts, { ...seen, apps });
    const isRecorded = code === 'RECORDED';
    output.value({
      process: { pid, name },
      isRecorded,
      code,
      reason,
      ...(remedy === undefined ? {} : { remedy }),
    });
    output.line(
      `${output.paint('bold', name)} (pid ${pid}) is ${isRecorded ? 'recorded' : 'not recorded'}: ${reason} (${code})`,
    );
    if (remedy !== undefined) output.line(`Remedy: ${remedy}`);
  }
  if (pids.length > PROCESSES_MAX)
    output.note(`Of ${pids.length} processes of this name, these are the first`);
}

/** The registered processes of this name, and others. */
function pidsOf(name: string, apps: readonly Application[]): readonly number[] {
  const registered = appsOf(apps, { command: name }).map(({ pid }) => pid);
  return [...new Set([...registered, ...pidsNamed(name)])];
}

/** What the registry knows; it is not started. */
async function look({ control, options, world }: Cli): Promise<Seen> {
  const { registry, apps, sessions } = await control.overview({
    sessions: true,
    apps: true,
    mayStart: false,
  });
  const { uid, gid, homeDirectory: home } = world.identity;
  const group = world.users.groupId(options.group);
  return {
    scope: registry?.scope,
    apps,
    sessions: sessions.filter((session) => session.uid === uid),
    uid,
    home,
    isMemberLater:
      group !== undefined &&
      world.users.isMember(uid, gid, group) &&
      ![gid, ...(process.getgroups?.() ?? [])].includes(group),
  };
}
