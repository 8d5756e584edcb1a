/**
 * The same as `register.ts` for `node --require lttng-ts/register`. CommonJS cannot wait: events before the end of the
 * registration are not recorded.
 */
import('./library/instance.ts')
  .then(({ threadInstance }) => threadInstance().start())
  .catch(() => {
    // The program continues untraced, as after every internal error of the library.
  });
