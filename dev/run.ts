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
  const stopped = untilStopped();
  const environment = await startEnvironment(options, DEV_DIR, log);
  process.stdout.write(announcement(environment.state, options));
  const broken = environment.broken.then((sentence) => {
    log.error({}, sentence);
    return 1;
  });
  const code = await Promise.race([stopped.then(() => 0), broken]);
  log.info({}, "stopping");
  await environment.stop();
  return code;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`dev: ${describeError(error)}\n`);
  process.exit(1);
}
