/**
 * slixmpp, an XMPP client that nobody here wrote: Debian's python3-slixmpp under the
 * system's python3, installed or unpacked into the cache. Scripts say what they see as
 * lines of JSON.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findSlixmpp, PYTHON } from "../../dev/slixmpp.ts";
import { silentLog } from "../../src/log/log.ts";
import { until } from "./e2e-client.ts";
import { COMPONENT, DOMAIN, PASSWORD, type World } from "./e2e-world.ts";
import { record } from "./peer-person.ts";

const FOLDER = fileURLToPath(new URL("../e2e/slixmpp/", import.meta.url));
const PATIENCE_MS = 30_000;

/** Why it cannot be run here; false when it can. */
export function noPython(): string | false {
  return existsSync(PYTHON) ? false : `not run: there is no ${PYTHON}`;
}

export type Line = Readonly<Record<string, unknown>>;

export interface Script {
  /** The next line of this kind; throws with the script's complaints when it ends without. */
  said(what: string): Promise<Line>;
  /** Ends well, or throws. */
  done(): Promise<void>;
}

/** Runs a script as an account that is made for it. */
export async function runScript(
  world: World,
  script: string,
  user: string,
  args: readonly string[] = [],
): Promise<Script> {
  const { env } = await findSlixmpp(silentLog);
  await world.server.register(user, DOMAIN, PASSWORD);
  const child = spawn(PYTHON, ["-B", join(FOLDER, `${script}.py`), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      PATH: process.env["PATH"],
      HOME: world.dir,
      PYTHONIOENCODING: "utf-8",
      DX_JID: `${user}@${DOMAIN}`,
      DX_PASSWORD: PASSWORD,
      DX_PORT: String(world.server.c2sPort),
      DX_CERTIFICATE: join(world.dir, world.server.kind, "certificate.pem"),
      DX_COMPONENT: COMPONENT,
    },
  });
  const lines: Line[] = [];
  let complaints = "";
  let code: number | null | undefined;
  createInterface({ input: child.stdout }).on("line", (line) =>
    lines.push(record(JSON.parse(line))),
  );
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  child.on("close", (status) => (code = status));
  const said = async (what: string): Promise<Line> =>
    await until(
      `"${what}" by ${script}.py; it said ${JSON.stringify(lines)} ${complaints}`,
      () => {
        const found = lines.find((line) => line["what"] === what);
        if (found === undefined && code !== undefined)
          throw new Error(`${script}.py ended with ${String(code)}: ${complaints}`);
        return found;
      },
      PATIENCE_MS,
    );
  return {
    said,
    done: async () => {
      await said("done");
      await until(`${script}.py ended`, () => code !== undefined);
      if (code !== 0) throw new Error(`${script}.py ended with ${String(code)}: ${complaints}`);
    },
  };
}
