/**
 * After a power failure the machine boots. Memory is lost; changes that were answered as durable are not
 * (`docs/durability.md`): the registries of users know their sessions, and destroy them on request. The sessions of the
 * global registry are lost with `/run`. What users saved they can load again.
 */
import type { Ledger } from '../ledger/ledger.ts';
import { isUnanswered } from '../ledger/sessions.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import { isSureBefore, savesIn, type Written } from '../oracles/kept-files.ts';
import type { FaultyRun } from './faulty-run.ts';
import { SERVING_MS_MAX, startRegistries } from './healing.ts';
import { ask, elsewhere } from './probe-command.ts';

const answers = finder('answers');
const kept = finder('kept');

/** After these, before the power failed, a record may not have been on the disk. */
const FORGETTING = /^(files\.|disk-|mode-lost|descriptors-full)/;

export function boot(run: FaultyRun): Finding[] {
  const { simulation, ledger } = run;
  const written = sessionsWritten(ledger);
  const saved = [...savesIn(ledger).values()].filter((saves) =>
    isSureBefore(saves, simulation.now),
  );
  startRegistries(simulation, ['root']);
  simulation.run({ forMs: SERVING_MS_MAX });
  return [
    ...checkSessions(run, written),
    ...saved.flatMap((saves, at) => loadAgain(run, saves, at)),
  ];
}

/** They are all there, and can be destroyed. */
function checkSessions(run: FaultyRun, written: ReturnType<typeof sessionsWritten>): Finding[] {
  const { injector, input } = run;
  if (injector.hits().some(({ label }) => FORGETTING.test(label))) return [];
  return input.users.flatMap(({ name: user, uid }) => {
    const own = written.filter((session) => session.uid === uid);
    if (own.length === 0) return [];
    const environment = elsewhere(uid);
    const listed = ask(run, user, { kind: 'list' }, environment);
    const known = (listed?.results ?? []).flatMap((result) =>
      result.kind === 'reply' ? (result.value.sessions ?? []).map(({ uuid }) => uuid) : [],
    );
    return own.flatMap(({ uuid, name }) => {
      if (!known.includes(uuid)) {
        return [answers(`session "${name}" of ${user} is lost after a power failure`)];
      }
      const operations = [{ op: 'session.destroy', session: uuid, abandon: true } as const];
      const end = { kind: 'operations', operations, startsNoRegistry: true } as const;
      const [result] = ask(run, user, end, environment)?.results ?? [];
      if (result?.kind === 'reply') return [];
      return [answers(`session "${name}" of ${user} cannot be destroyed after a power failure`)];
    });
  });
}

/** What was saved before the power failed can be loaded. */
function loadAgain(run: FaultyRun, saves: readonly Written[], at: number): Finding[] {
  const [first] = saves;
  if (first === undefined) return [];
  const { account, session } = first;
  const { user, uid } = account;
  const name = `again-${at}`;
  ask(run, user, { kind: 'load', saved: session.name, name }, elsewhere(uid));
  const { outcome } = run.ledger.kept.at(-1) ?? {};
  if (outcome?.kind !== 'done') {
    const why = outcome === undefined ? 'never finished' : `${outcome.code} ${outcome.reason}`;
    return [kept(`"${session.name}" cannot be loaded after a power failure: ${why}`)];
  }
  ask(run, user, { kind: 'destroy', session: name }, elsewhere(uid));
  return [];
}

/** Sessions of users' registries that are certainly on the disk, and whose destruction no user requested. */
function sessionsWritten({ commands, terminations }: Ledger): {
  readonly uid: number;
  readonly uuid: string;
  readonly name: string;
}[] {
  const own = commands.filter(({ scope }) => scope === 'user');
  const ended = (uid: number, keys: readonly string[]): boolean =>
    terminations.some((end) => end.uid === uid) ||
    own.some(
      (command) =>
        command.uid === uid &&
        command.steps.some(
          ({ operation }) =>
            operation?.op === 'session.destroy' && keys.includes(operation.session),
        ),
    );
  return own.flatMap(({ uid, steps, results }) =>
    steps.flatMap(({ operation }, index) => {
      const result = results[index];
      if (operation?.op !== 'session.create' || isUnanswered(result)) return [];
      if (result?.kind !== 'reply' || result.value.unwritten !== undefined) return [];
      const { session } = result.value;
      if (session === undefined || ended(uid, [session.uuid, session.name])) return [];
      return [{ uid, uuid: session.uuid, name: session.name }];
    }),
  );
}
