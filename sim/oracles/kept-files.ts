/**
 * What commands have written into the files of a user, in the order that their times allow: the file of a saved session
 * holds it as a registry described it, and the file of the current session names the one that was chosen last.
 */
import { lastSessionIn } from '../../actors/client/plans/plan.ts';
import type { SavedSession } from '../../src/kept/saved-session.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { KeptAccount, Ledger } from '../ledger/ledger.ts';

/** A session that a command wrote into a file, or perhaps did. */
export interface Written {
  readonly account: KeptAccount;
  readonly session: SessionInfo;
  readonly from: number;
  /** Undefined: it failed, or was killed. */
  readonly doneAt: number | undefined;
}

export function traceDirectoryOf({ home }: KeptAccount): string {
  return `${home}/lttng-traces`;
}

export function savedFileOf({ home }: KeptAccount, name: string): string {
  return `${home}/.lttng-ts/saved/${name}.json`;
}

export function currentFileOf({ home }: KeptAccount): string {
  return `${home}/.lttng-ts/current`;
}

/** Files of saved sessions, and what was written into each. */
export function savesIn({ kept }: Ledger): ReadonlyMap<string, readonly Written[]> {
  const files = new Map<string, Written[]>();
  for (const account of kept) {
    const written = account.command.kind === 'save' ? writtenBy(account) : undefined;
    if (written === undefined || isRefused(account, 'FILE_EXISTS')) continue;
    const file = savedFileOf(account, written.session.name);
    files.set(file, [...(files.get(file) ?? []), written]);
  }
  return files;
}

/** What this user chose as the current session. */
export function choicesOf({ kept }: Ledger, uid: number, hasFaults: boolean): readonly Written[] {
  return kept.flatMap((account): Written[] => {
    const { command, uid: owner } = account;
    const chooses =
      command.kind === 'set-session' || (command.kind === 'load' && command.isCurrent === true);
    const written = owner === uid && chooses ? writtenBy(account) : undefined;
    if (written === undefined) return [];
    // A session is loaded even if that cannot be noted.
    const isSure = command.kind === 'set-session' || !hasFaults;
    return [isSure ? written : { ...written, doneAt: undefined }];
  });
}

/** Sessions of this user that were perhaps forgotten as the current one, and since when. */
export function forgottenBy(
  { kept }: Ledger,
  uid: number,
): readonly { readonly uuid: string; readonly from: number; readonly isDone: boolean }[] {
  return kept.flatMap(({ command, uid: owner, parts, outcome }) => {
    const ends = command.kind === 'destroy' || (command.kind === 'load' && command.replaces);
    if (owner !== uid || !ends) return [];
    return parts.slice(0, 1).flatMap(({ steps, results }) =>
      results.flatMap((result, index) => {
        const { uuid } = (result.kind === 'reply' && result.value.session) || {};
        const from = steps[index]?.answeredAt;
        const isDone = outcome?.kind === 'done';
        return uuid === undefined || from === undefined ? [] : [{ uuid, from, isDone }];
      }),
    );
  });
}

function writtenBy(account: KeptAccount): Written | undefined {
  const { parts, answeredAt: from, doneAt, outcome } = account;
  const session = lastSessionIn(parts.flatMap(({ results }) => results));
  if (from === undefined || session === undefined) return undefined;
  return { account, session, from, doneAt: outcome?.kind === 'done' ? doneAt : undefined };
}

export function isRefused({ outcome }: KeptAccount, code: string): boolean {
  return outcome?.kind === 'refused' && outcome.code === code;
}

/** Of these, what a file may hold that is read between these times: nothing later has surely replaced it. */
export function heldAt(
  written: readonly Written[],
  from: number,
  until: number,
): readonly Written[] {
  const before = written.filter(({ doneAt = Number.POSITIVE_INFINITY }) => doneAt < from);
  return written.filter(
    ({ from: begun, doneAt = Number.POSITIVE_INFINITY }) =>
      begun <= until && !before.some((other) => other.from > doneAt),
  );
}

/** Whether one of them is surely there: the file is not missing from then on. */
export function isSureBefore(written: readonly Written[], at: number): boolean {
  return written.some(({ doneAt = Number.POSITIVE_INFINITY }) => doneAt < at);
}

/** Whether the saved session says what the registry said of the session. */
export function isSavedAs(saved: SavedSession, session: SessionInfo, traces: string): boolean {
  const { everyUs, atBytes } = session.rotation ?? {};
  const isUsual = session.output?.startsWith(`${traces}/`) === true;
  return (
    saved.name === session.name &&
    (isUsual ? saved.output === undefined : saved.output === session.output) &&
    saved.isActive === isRecording(session) &&
    isSame(saved.rotation ?? {}, { everyUs, atBytes }) &&
    isSame(saved.channels, session.channels) &&
    isSame(saved.trackers ?? {}, session.trackers ?? {})
  );
}

export function isRecording({ state }: SessionInfo): boolean {
  return state === 'active' || state === 'starting';
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
