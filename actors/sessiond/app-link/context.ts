/** The context of an app link. */
import { assert } from '../../../src/base/assert.ts';
import type { SessionPart } from '../../../src/wire/app/messages.ts';
import { REVISIONS_PENDING_MAX } from '../limits.ts';
import type { AppIdentity, AppLinkInput } from '../messages.ts';

/** The part of one session: the streams and rules that it has for the application. */
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
  /** The library sent `leaving`. */
  readonly hasSaidSo: boolean;
  /** The sessions whose first part has not arrived yet; later sessions do not count. */
  readonly missing: readonly string[];
  /** Revision of the state that was sent last. */
  readonly revision: number;
  /**
   * Revisions not yet applied, and the versions that each carries.
   * Invariant: consecutive, up to the last revision; at most one more than REVISIONS_PENDING_MAX, when the link cuts
   * off the application.
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
    missing: [],
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
