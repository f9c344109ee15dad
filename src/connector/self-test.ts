/**
 * Asked once after the first login: does the server bring our IQs to people's bare JIDs?
 * ejabberd since 24.10 drops them, without a word, for every host without a grant while its
 * mod_privilege is loaded (ejabberd issues 4336, 4347, 4472, 4609).
 */
import { randomBytes } from "node:crypto";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { el } from "../xml/element.ts";
import { NS_DISCO_INFO } from "./disco.ts";
import type { ComponentStream } from "./stream.ts";

export interface SelfTestOptions {
  readonly stream: Pick<ComponentStream, "request">;
  /** The server's own, then others whose people have opted in: a few are enough. */
  readonly domains: () => Promise<readonly string[]>;
  readonly log: Log;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const MOST_DOMAINS = 4;

/** Resolves with the domains that did not answer. */
export async function testReach(options: SelfTestOptions): Promise<readonly string[]> {
  const silent: string[] = [];
  for (const domain of (await options.domains()).slice(0, MOST_DOMAINS)) {
    if (!(await answers(domain, options))) silent.push(domain);
  }
  for (const domain of silent) {
    options.log.warn(
      { domain },
      "the server does not bring this component's IQs to people of this domain: their nodes " +
        "cannot be read. If it is ejabberd 24.10 or newer with mod_privilege, remove " +
        "mod_privilege, or give it a grant for this host (ejabberd issue 4472)",
    );
  }
  return silent;
}

/** Nobody has this name: an error is as good an answer as any. */
async function answers(domain: string, options: SelfTestOptions): Promise<boolean> {
  const to = `dx-test-${randomBytes(6).toString("hex")}@${domain}`;
  const payload = el("query", { xmlns: NS_DISCO_INFO });
  const { timeoutMs = TIMEOUT_MS } = options;
  try {
    await options.stream.request({ type: "get", to, payload, timeoutMs });
    return true;
  } catch (error) {
    if (isDxError(error, "DX_IQ_TIMEOUT")) return false;
    if (!isDxError(error, "DX_IQ_ERROR")) {
      options.log.debug({ domain, error: describeError(error) }, "reach could not be tested");
    }
    return true;
  }
}
