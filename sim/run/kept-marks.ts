/** Marks of commands with files of their users. */
import type { KeptAccount, Ledger } from '../ledger/ledger.ts';
import { isRefused } from '../oracles/kept-files.ts';

type KeptMark =
  | 'session-saved'
  | 'session-loaded'
  | 'session-replaced'
  | 'load-undone'
  | 'current-used'
  | 'current-gone';

/** Whether a command of a run makes the mark. */
const MADE_BY: Readonly<Record<KeptMark, (account: KeptAccount) => boolean>> = {
  'session-saved': (account) => isDone(account, 'save'),
  'session-loaded': (account) => isDone(account, 'load'),
  'session-replaced': (account) => isDone(account, 'load') && destroysFirst(account),
  'load-undone': (account) =>
    account.command.kind === 'load' && account.outcome?.kind === 'refused' && hasBegun(account),
  'current-used': (account) => isMeantByFile(account) && account.outcome?.kind === 'done',
  'current-gone': (account) => isRefused(account, 'chosen-gone'),
};

export const KEPT_MARKS = Object.fromEntries(
  Object.entries(MADE_BY).map(([mark, isMade]) => [
    mark,
    ({ ledger }: { readonly ledger: Ledger }) => ledger.kept.some(isMade),
  ]),
) as Readonly<Record<KeptMark, (run: { readonly ledger: Ledger }) => boolean>>;

function isDone({ command, outcome }: KeptAccount, kind: KeptAccount['command']['kind']): boolean {
  return command.kind === kind && outcome?.kind === 'done';
}

function destroysFirst({ parts: [first] }: KeptAccount): boolean {
  const at = first?.steps.findIndex(({ operation }) => operation?.op === 'session.destroy') ?? -1;
  return first?.results[at]?.kind === 'reply';
}

function hasBegun({ parts }: KeptAccount): boolean {
  return parts.some(({ steps, results }) =>
    steps.some(
      ({ operation }, index) =>
        operation?.op === 'session.create' && results[index]?.kind === 'reply',
    ),
  );
}

function isMeantByFile({ command, parts: [first] }: KeptAccount): boolean {
  const isNamed =
    command.kind === 'load' || ('session' in command && command.session !== undefined);
  const operation = first?.steps[0]?.operation;
  return !isNamed && operation !== undefined && operation.op !== 'session.list';
}
