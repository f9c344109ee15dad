/**
 * What `npm run dev` says about what it runs, so that the client's commands need no more
 * than --dev: one entry for each of its pods.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { DxError } from "../errors/error.ts";
import { PACKAGE_ROOT } from "./package.ts";

const stateSchema = z.object({
  domains: z
    .array(
      z.object({
        domain: z.string(),
        componentDomain: z.string(),
        c2sHost: z.string(),
        c2sPort: z.int().min(1).max(65535),
        httpUrl: z.string(),
        diasporaDomain: z.string(),
      }),
    )
    .max(100),
});

export type DevDomain = z.output<typeof stateSchema>["domains"][number];

const STATE_FILE = new URL("var/dev/state.json", PACKAGE_ROOT);

/** The development pod that serves this XMPP domain. */
export function devDomain(domain: string, file: URL | string = STATE_FILE): DevDomain {
  const known = readState(file);
  const found = known.find((entry) => entry.domain === domain);
  if (found !== undefined) return found;
  if (known.length === 0) throw notRunning();
  const names = known.map((entry) => entry.domain).join(", ");
  throw new DxError("DX_USAGE", { detail: `npm run dev serves ${names}, not ${domain}` });
}

function readState(file: URL | string): readonly DevDomain[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw notRunning();
  }
  const state = stateSchema.safeParse(content);
  if (!state.success)
    throw new DxError("DX_USAGE", { detail: "the state of npm run dev is not readable" });
  return state.data.domains;
}

function notRunning(): DxError {
  return new DxError("DX_USAGE", { detail: "npm run dev is not running, so there is no --dev" });
}
