/**
 * The same as `register.ts` for `node --require lttng-ts/register`. CommonJS cannot wait: what the program does before
 * its thread is registered is not recorded.
 */
import('./library/instance.ts')
  .then(({ threadInstance }) => threadInstance().start())
  .catch(() => {
    // The program goes on without being traced, as it does when the library itself meets a mistake.
  });
