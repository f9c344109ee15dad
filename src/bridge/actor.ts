/** Who acts: people of the XMPP side who have opted in. */
import type { Actor } from "../activitystreams/activity.ts";
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Account, BridgeStore } from "./ports.ts";

/** Throws DX_NOT_REGISTERED. */
export async function requireAccount(
  jid: Jid,
  store: Pick<BridgeStore, "accountByJid">,
): Promise<Account> {
  const account = await store.accountByJid(jid);
  if (account === null) throw new DxError("DX_NOT_REGISTERED");
  return account;
}

export function actorOf(account: Account): Actor {
  return { network: "xmpp", id: account.jid, name: account.name };
}

/** Trimmed: pods store texts so, and the signature must fit (diaspora-protocol.md §5). */
export function wordsOf(markdown: string): string {
  const words = markdown.replace(/\r\n?/g, "\n").trim();
  if (words === "") throw new DxError("DX_NO_WORDS");
  return words;
}

/** A clock that is ahead would keep it on top for ever. */
export function notAfter(now: Date, said: Date | null = null): Date {
  return said === null || said > now ? now : said;
}
