/** Mutants of snapshots: how large they are, what they begin after, and where they go. */
import { mutantsOf } from './mutant.ts';

export const SNAPSHOTS = [
  ...mutantsOf('src/effects/memory', [
    [
      'a clear of a flight recorder leaves what the buffers hold',
      'clear',
      ['if (end !== undefined)\n                markCleared(position, end);', 'void end;'],
    ],
  ]),
  ...mutantsOf('src/effects/recorder/output-changes', [
    [
      'a clear of files leaves what the buffers hold for snapshots',
      'clear',
      ['this.#consumer.markCleared();', ''],
    ],
  ]),
  ...mutantsOf('src/ring/cleared', [
    [
      'a snapshot begins after an earlier clear than the last one',
      'clear',
      ['(b.sequence - a.sequence) | 0', '(a.sequence - b.sequence) | 0'],
    ],
    [
      'a clear takes what is recorded after it, too',
      'clear',
      ['bytes: committed,', 'bytes: subbufferBytes,'],
    ],
  ]),
  ...mutantsOf('src/ring/newest-reader', [
    [
      'a snapshot is larger than its largest size',
      'largest size',
      ['while (this.#bytes > bytesMax)', 'while (this.#bytes > 2 * bytesMax)'],
    ],
    [
      'a snapshot of a largest size has the oldest packets',
      'largest size',
      ['const oldest = window.shift();', 'const oldest = window.pop();'],
    ],
  ]),
  ...mutantsOf('src/recorder/snapshot-copier', [
    [
      'a snapshot leaves out packets for which it has room',
      'largest size',
      ['Math.floor(this.#room / left)', 'Math.floor(this.#room / (16 * left))'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/snapshot-output', [
    [
      'a second snapshot output takes the place of the first',
      'snapshot output',
      ['if (present !== undefined) {', 'if (false) {'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/publish', [
    [
      'a snapshot output is gone after a kill of the registry',
      'snapshot output',
      ['isFlightRecorder || snapshotOutput !== undefined', 'isFlightRecorder'],
    ],
  ]),
];
