/** `npm run dev`: the development environment in the foreground until it is stopped. */
import { join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import { announcement } from "./announce.ts";
import { consoleLog } from "./console-log.ts";
import { startEnvironment } from "./environment.ts";
import { readOptions, USAGE, type DevOptions } from "./options.ts";
import { untilStopped } from "./stopped.ts";

const DEV_DIR = join(import.meta.dirname, "../var/dev");

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  let options: DevOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n\n${USAGE}\n`);
    return 2;
  }
  const log = consoleLog("dev");
  const cancel = new AbortController();
  const stopped = untilStopped().then((signal) => {
    log.info({ signal }, "stopping");
    cancel.abort(new Error(`stopped by ${signal} before it was ready`));
  });
  const environment = await startEnvironment(options, DEV_DIR, log, cancel.signal);
  process.stdout.write(announcement(environment.state, options));
  const broken = await Promise.race([stopped.then(() => null), environment.broken]);
  if (broken !== null) log.error({}, `${broken}; stopping the rest`);
  await environment.stop();
  return broken === null ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`dev: ${describeError(error)}\n`);
  process.exit(1);
}
