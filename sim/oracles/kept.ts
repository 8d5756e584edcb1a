/**
 * Kept: what a command reports as saved is in its file, whole, whatever is killed, and after a power failure. Loading
 * creates the session again as it was, in place of another one only when that is asked for, and leaves nothing behind
 * when it fails. A command that names no session acts on the current one, and never on another one.
 */
import { type StepResult, sessionsIn } from '../../actors/client/plans/plan.ts';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { parseJson } from '../../src/kept/json-file.ts';
import { parseSaved } from '../../src/kept/saved-session.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import type { CommandAccount, KeptAccount, Ledger } from '../ledger/ledger.ts';
import { isUnanswered } from '../ledger/sessions.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import {
  choicesOf,
  currentFileOf,
  forgottenBy,
  heldAt,
  isRecording,
  isSavedAs,
  isSureBefore,
  savedFileOf,
  savesIn,
  traceDirectoryOf,
  type Written,
} from './kept-files.ts';
import { asTold, type ModelSession, type Sessions } from './model-sessions.ts';
import { areTold } from './rule-model.ts';
import { begin } from './session-model.ts';

const kept = finder('kept');

/** What happened to the machine of the run. */
interface Trouble {
  readonly hasFaults: boolean;
  readonly isPowerCut: boolean;
}

export function checkKept(ledger: Ledger, simulation: Simulation, trouble: Trouble): Finding[] {
  const saves = savesIn(ledger);
  const uids = new Set(ledger.kept.map(({ uid }) => uid));
  return [
    ...[...saves].flatMap(([file, written]) => checkFile(simulation, file, written)),
    ...[...uids].flatMap((uid) => checkCurrent(ledger, simulation, uid, trouble)),
    ...ledger.kept.flatMap((account) => [
      ...checkRefusal(account, saves, trouble),
      ...checkLoad(ledger, simulation, account, saves, trouble),
      ...checkMeant(ledger, account, trouble),
    ]),
  ];
}

function checkFile(simulation: Simulation, file: string, written: readonly Written[]): Finding[] {
  const overwritten = written.find(
    ({ account: { command }, doneAt, from }) =>
      command.kind === 'save' &&
      command.replaces !== true &&
      doneAt !== undefined &&
      isSureBefore(written, from),
  );
  const findings =
    overwritten === undefined ? [] : [kept(`a save without --force replaced ${file}`)];
  if (!isSureBefore(written, Number.POSITIVE_INFINITY)) return findings;
  const bytes = simulation.readFile(file);
  const held = heldAt(written, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const saved = bytes === undefined ? undefined : parseSaved(parseJson(decodeUtf8(bytes)));
  const isHeld =
    saved?.ok === true &&
    held.some(({ session, account }) => isSavedAs(saved.value, session, traceDirectoryOf(account)));
  return isHeld ? findings : [...findings, kept(`${file} does not hold what was saved`)];
}

/** The file of the current session is whole, and names a session that was chosen. */
function checkCurrent(
  ledger: Ledger,
  simulation: Simulation,
  uid: number,
  { isPowerCut, hasFaults }: Trouble,
): Finding[] {
  const account = ledger.kept.find((each) => each.uid === uid);
  if (account === undefined) return [];
  const file = currentFileOf(account);
  const choices = choicesOf(ledger, uid, hasFaults);
  const end = Number.POSITIVE_INFINITY;
  // After a power failure an older one may be there.
  const held = isPowerCut ? choices : heldAt(choices, end, end);
  const bytes = simulation.readFile(file);
  if (bytes === undefined) {
    const wasForgotten = forgottenBy(ledger, uid).some(({ uuid }) =>
      held.some(({ session }) => session.uuid === uuid),
    );
    const isMissing = !hasFaults && !wasForgotten && isSureBefore(choices, end);
    return isMissing ? [kept(`${file} is gone`)] : [];
  }
  const value = parseJson(decodeUtf8(bytes)) as { session?: { uuid?: unknown } } | undefined;
  const named = held.filter(({ session }) => session.uuid === value?.session?.uuid);
  if (named.length === 0) return [kept(`${file} does not name the session that was chosen`)];
  const isForgotten = forgottenBy(ledger, uid).some(
    ({ uuid, from, isDone }) =>
      isDone && named.every(({ session, doneAt = from }) => session.uuid === uuid && doneAt < from),
  );
  return isForgotten && !hasFaults ? [kept(`${file} names a session that its user ended`)] : [];
}

/** Without faults files can be read and written. */
function checkRefusal(
  account: KeptAccount,
  saves: ReadonlyMap<string, readonly Written[]>,
  { hasFaults }: Trouble,
): Finding[] {
  const { outcome, command, user, startedAt, doneAt = 0 } = account;
  if (outcome?.kind !== 'refused') return [];
  const { code, reason } = outcome;
  const said = kept(`${command.kind} of ${user} failed: ${code} ${reason}`);
  switch (code) {
    case 'FILE_EXISTS': {
      const written = saves.get(reason.replace('There is a file ', '')) ?? [];
      return written.some(({ from }) => from <= doneAt) ? [] : [said];
    }
    case 'NO_SAVED':
      return isSureBefore(saves.get(reason) ?? [], startedAt) ? [said] : [];
    case 'bad-saved':
    case 'bad-config':
      return hasFaults && reason.startsWith('cannot be read') ? [] : [said];
    case 'NO_OUTPUT':
    case 'USAGE':
      return hasFaults ? [] : [said];
    default:
      return [];
  }
}

/** The requests of a load, those that created its session, and the session that was created. */
interface Loading {
  readonly before: readonly Operation[];
  readonly since: readonly Operation[];
  readonly results: readonly StepResult[];
  readonly created: SessionInfo | undefined;
}

function checkLoad(
  ledger: Ledger,
  simulation: Simulation,
  account: KeptAccount,
  saves: ReadonlyMap<string, readonly Written[]>,
  trouble: Trouble,
): Finding[] {
  const { command, saved, user, startedAt, parts, outcome } = account;
  if (command.kind !== 'load' || saved === undefined) return [];
  const written = saves.get(savedFileOf(account, command.saved)) ?? [];
  const traces = traceDirectoryOf(account);
  const readBy = parts[0]?.startedAt ?? startedAt;
  const meant = heldAt(written, startedAt, readBy).filter(({ session }) =>
    isSavedAs(saved, session, traces),
  );
  if (meant.length === 0) return [kept(`a load of ${user} read what no command had saved`)];
  const loading = loadingIn(parts);
  const findings = checkDestroyed(account, loading);
  if (outcome?.kind === 'refused') {
    return [...findings, ...checkNothingLeft(ledger, simulation, account, loading, trouble)];
  }
  if (outcome === undefined) return findings;
  const isAgain = meant.some(({ session }) => isAsBefore(account, loading, session));
  return isAgain
    ? findings
    : [...findings, kept(`"${command.saved}" of ${user} was loaded as another session`)];
}

function loadingIn(parts: readonly CommandAccount[]): Loading {
  const steps = parts.flatMap((part) =>
    part.steps.map(({ operation }, index) => ({ operation, result: part.results[index] })),
  );
  const at = steps.findIndex(({ operation }) => operation?.op === 'session.create');
  const operations = (some: typeof steps): Operation[] =>
    some.flatMap(({ operation }) => operation ?? []);
  const result = steps[at]?.result;
  return {
    before: operations(at < 0 ? steps : steps.slice(0, at)),
    since: operations(at < 0 ? [] : steps.slice(at)),
    results: steps.flatMap((step) => step.result ?? []),
    created: result?.kind === 'reply' ? result.value.session : undefined,
  };
}

/** A load destroys what it has created, and another session only when that is asked for. */
function checkDestroyed(
  { command, user }: KeptAccount,
  { before, since, created }: Loading,
): Finding[] {
  const mayReplace = command.kind === 'load' && command.replaces === true;
  const destroyed = (some: readonly Operation[], uuid: string | undefined): boolean =>
    some.some((each) => each.op === 'session.destroy' && each.session !== uuid);
  const isWrong = (!mayReplace && destroyed(before, undefined)) || destroyed(since, created?.uuid);
  return isWrong ? [kept(`a load of ${user} destroyed a session that was there before`)] : [];
}

/** The session is gone, and no file names it. */
function checkNothingLeft(
  { commands }: Ledger,
  simulation: Simulation,
  { user }: KeptAccount,
  { since, results, created }: Loading,
  { hasFaults }: Trouble,
): Finding[] {
  const [create] = since;
  if (create?.op !== 'session.create') return [];
  const files = simulation.listFiles();
  if (created === undefined) {
    const { output } = create;
    const isOfOthers = commands.some(({ steps, results: answers }) =>
      steps.some(
        ({ operation }, index) =>
          operation?.op === 'session.create' &&
          operation.output === output &&
          answers[index]?.kind !== 'failure',
      ),
    );
    const isLeft = !hasFaults && !isOfOthers && files.some(({ path }) => path === output);
    return isLeft ? [kept(`a load of ${user} failed and left ${output}`)] : [];
  }
  const { uuid, name } = created;
  const isUnknown = results.some((result) => isUnanswered(result));
  const isEnded = since.some((each) => each.op === 'session.destroy' && each.session === uuid);
  const named = files.filter(
    ({ path, kind }) =>
      kind === 'file' &&
      path.endsWith('/.lttng/config') &&
      decodeUtf8(simulation.readFile(path) ?? new Uint8Array()).includes(uuid),
  );
  return [
    ...(isUnknown || isEnded ? [] : [kept(`a load of ${user} failed and left "${name}"`)]),
    ...named.map(({ path }) => kept(`a load of ${user} failed and left ${path}`)),
  ];
}

/** Whether the requests, in the model, make the session that was saved. */
function isAsBefore(account: KeptAccount, { since }: Loading, session: SessionInfo): boolean {
  const { uid, command } = account;
  const name = (command.kind === 'load' ? command.name : undefined) ?? session.name;
  const traces = traceDirectoryOf(account);
  const isUsual = session.output?.startsWith(`${traces}/`) === true;
  const output = isUsual ? `${traces}/${name}` : session.output;
  let sessions: Sessions = [];
  for (const operation of since) {
    if (operation.op === 'session.start') continue;
    const about = 'session' in operation ? { ...operation, session: name } : operation;
    const request = { uid, operation: about, answer: undefined };
    const known = { mayMeetConsumer: false, mayLoseConsumer: false };
    sessions = begin(sessions, { ...request, ...known })[0]?.sessions ?? sessions;
  }
  const [made] = sessions;
  const isStarted = since.some(({ op }) => op === 'session.start');
  if (made === undefined || made.output !== output) return false;
  if (isStarted !== isRecording(session)) return false;
  const snapshots = snapshotsLike(made, session);
  const channels = inOrderOf(made.channels, session.channels);
  const like = { ...made, ...snapshots, channels, output: session.output, state: session.state };
  return asTold(like, { ...session, name }) !== undefined;
}

/** The order of rules says nothing: a load enables the disabled ones first. */
function inOrderOf(
  channels: ModelSession['channels'],
  told: SessionInfo['channels'],
): ModelSession['channels'] {
  return channels.map((channel, at) => {
    const others = told[at]?.rules ?? [];
    const rules = others.flatMap(
      (other) => channel.rules.find((rule) => areTold([rule], [other])) ?? [],
    );
    return new Set(rules).size === channel.rules.length ? { ...channel, rules } : channel;
  });
}

/** A flight recorder that is loaded into another directory has its snapshots there, too. */
function snapshotsLike(
  { snapshotOutput, output = '' }: ModelSession,
  session: SessionInfo,
): Pick<ModelSession, 'snapshotOutput'> {
  const own = session.snapshotOutput?.output === session.output && session.flightRecorder === true;
  return {
    snapshotOutput: own ? snapshotOutput.replace(output, session.output ?? '') : snapshotOutput,
  };
}

/** The session of a command that names none. */
function checkMeant(ledger: Ledger, account: KeptAccount, { hasFaults }: Trouble): Finding[] {
  const { command, uid, user, parts, startedAt } = account;
  const isNamed =
    command.kind === 'load' || ('session' in command && command.session !== undefined);
  const [part] = parts;
  const [first] = part?.steps ?? [];
  if (isNamed || part === undefined || first?.operation === undefined) return [];
  const keys = part.steps.flatMap(({ operation }) =>
    operation !== undefined && 'session' in operation ? [operation.session] : [],
  );
  const choices = heldAt(choicesOf(ledger, uid, hasFaults), startedAt, part.startedAt);
  const wrong = kept(`${command.kind} of ${user} acted on a session that was not meant`);
  if (first.operation.op === 'session.list') {
    const own = sessionsIn(part.results).filter((session) => session.uid === uid);
    const isOnly = keys.every((key) => own.length === 1 && own[0]?.uuid === key);
    return isOnly && mayBeUnset(ledger, account, choices, part.startedAt) ? [] : [wrong];
  }
  const isChosen = keys.every((key) => choices.some(({ session }) => session.uuid === key));
  return isChosen && new Set(keys).size === 1 ? [] : [wrong];
}

/** Whether there may be no current session then. */
function mayBeUnset(
  ledger: Ledger,
  { uid, startedAt }: KeptAccount,
  choices: readonly Written[],
  until: number,
): boolean {
  if (!isSureBefore(choices, startedAt)) return true;
  return forgottenBy(ledger, uid).some(
    ({ uuid, from }) => from <= until && choices.some(({ session }) => session.uuid === uuid),
  );
}
