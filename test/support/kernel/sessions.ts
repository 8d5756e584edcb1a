/** Sessions as a registry describes them, for tests of clients. */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';

/** A session with a channel; `of`: what is not as usual. */
export function defaultsOf(of: Partial<SessionInfo>): Omit<SessionInfo, 'kernel' | 'domain'> {
  return {
    name: 'web',
    uuid: '00000000-0000-4000-8000-000000000001',
    uid: 0,
    state: 'inactive',
    output: '/srv/web',
    channels: [
      {
        settings: {
          name: 'default',
          shape: { subbufferBytes: 524_288, subbufferCount: 4, overwrite: false },
          switchTimerUs: 1_000_000,
          readTimerUs: 200_000,
        },
        rules: [],
      },
    ],
    streams: 0,
    streamsMade: 0,
    writers: 0,
    ...of,
  };
}
