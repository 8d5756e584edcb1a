/** How calls name a session. */

/**
 * The session that a command without a name uses: that of `.lttng/config` in the working directory, otherwise the one
 * that this user has chosen, otherwise the only session of this user.
 */
export const CURRENT = Symbol('the current session');

/** A session by its name or UUID, or {@link CURRENT}. */
export type SessionKey = string | typeof CURRENT;
