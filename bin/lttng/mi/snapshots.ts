/** Snapshots and their outputs in the XML of LTTng. */
import { basename, dirname } from 'node:path';
import type { Session } from '../../control/api/session.ts';
import { listedSnapshotOutputs } from '../../control/output/snapshot-output.ts';
import { type SnapshotCommand, snapshotCommand } from '../options/snapshot-words.ts';
import type { Xml } from './xml.ts';

type Named = Pick<Session, 'name'>;

/** What `snapshot record` prints, and what its other actions print. */
export type SnapshotValue =
  | { readonly session: Named; readonly snapshot?: string; readonly isWhole: boolean }
  | { readonly session: Session };

export function snapshotActionXml(words: readonly string[], value?: SnapshotValue): Xml {
  const asked = snapshotCommand(words);
  const name = asked.action === 'record' ? 'record-output' : asked.action;
  return [
    'snapshot_action',
    ['name', name],
    ['output', value && ('isWhole' in value ? takenXml(value) : outputXml(asked, value.session))],
  ];
}

/** Its directory is `ctrl_url` and `name` together; absent: there was no event. */
function takenXml({
  session,
  snapshot,
}: {
  readonly session: Named;
  readonly snapshot?: string;
}): Xml {
  const place: readonly Xml[] =
    snapshot === undefined
      ? []
      : [
          ['name', basename(snapshot)],
          ['ctrl_url', dirname(snapshot)],
        ];
  return ['snapshot', ['session_name', session.name], ...place];
}

function outputXml(asked: SnapshotCommand, session: Session): Xml {
  const sessionName: Xml = ['session_name', session.name];
  if (asked.action === 'del-output') {
    const key = /^\d+$/.test(asked.id) ? 'id' : 'name';
    return ['snapshot', [key, asked.id], sessionName];
  }
  const outputs = listedSnapshotOutputs(session).map(
    ({ id, name, output, bytesMax = 0 }): readonly Xml[] => [
      ['id', id],
      ['name', name],
      ['ctrl_url', output],
      ['max_size', bytesMax],
    ],
  );
  if (asked.action === 'add-output') return ['snapshot', ...(outputs[0] ?? []), sessionName];
  return [
    'session',
    ['name', session.name],
    ['snapshots', ...outputs.map((each): Xml => ['snapshot', ...each, ['data_url']])],
  ];
}
