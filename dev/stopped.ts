/** The signals that end a development script in order. */

/**
 * Resolves at the first of Ctrl-C, SIGTERM and a closed terminal. Further ones are
 * ignored: npm, its shell and the wrapper may each pass the same one on.
 */
export async function untilStopped(): Promise<string> {
  // A terminal that is gone makes every write fail; stopping in order matters more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        resolve(signal);
      });
    }
  });
}
