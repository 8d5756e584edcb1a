/** What an app link knows. */
import { assert } from '../../../src/base/assert.ts';
import type { SessionPart } from '../../../src/wire/app/messages.ts';
import { REVISIONS_PENDING_MAX } from '../limits.ts';
import type { AppIdentity, AppLinkInput } from '../messages.ts';

/** What one session wants of the application. */
interface Part {
  readonly session: string;
  readonly version: number;
  readonly part: SessionPart | undefined;
}

export interface AppLinkContext extends AppLinkInput {
  readonly own: string;
  readonly identity?: AppIdentity;
  /** By the session's UUID. */
  readonly parts: Readonly<Record<string, Part>>;
  /** The library said that it leaves. */
  readonly hasSaidSo: boolean;
  /** Sessions whose first part has not come yet. */
  readonly missing: number;
  /** Of the state that was sent last. */
  readonly revision: number;
  /**
   * Versions that each revision not yet applied carries.
   * Invariant: the last revisions in a row, at most one more than REVISIONS_PENDING_MAX: then the application is cut
   * off.
   */
  readonly pending: readonly {
    readonly revision: number;
    readonly versions: readonly { session: string; version: number }[];
  }[];
}

export function initialContext(input: AppLinkInput): AppLinkContext {
  return {
    own: `own-${input.link}`,
    hasSaidSo: false,
    parts: {},
    missing: 0,
    revision: 0,
    pending: [],
    ...input,
  };
}

export function checkAppLink({ pending, revision }: AppLinkContext): void {
  const [first] = pending;
  assert(pending.length <= REVISIONS_PENDING_MAX + 1, 'inv:app-link.pending:bounded');
  assert(
    first === undefined || first.revision + pending.length - 1 === revision,
    'inv:app-link.pending:in-a-row',
  );
}
