/** The version of this package, as programs print it and traces record it; a test compares it with package.json. */
export const VERSION = { major: 0, minor: 1, patch: 0 } as const;
export const VERSION_TEXT = `${VERSION.major}.${VERSION.minor}.${VERSION.patch}`;
