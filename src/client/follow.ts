/**
 * Following somebody of the federation: a subscription to the microblog node of the
 * virtual address at the component (XEP-0060 §6.1, XEP-0277).
 */
import { parseDiasporaId, parseJid } from "../activitystreams/ids.ts";
import { virtualLocal } from "../activitystreams/virtual-jid.ts";
import { DxError } from "../errors/error.ts";
import { subscribeRequest } from "../pep/event.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { XmppClient } from "./connect.ts";

/** The address of who is meant: a JID as it is, a diaspora* ID as its address at the component. */
export function followedJid(who: string, component: string | undefined): string {
  const isVirtual =
    who.includes("\\40") || (component !== undefined && who.endsWith(`@${component}`));
  const id = isVirtual ? null : parseDiasporaId(who.toLowerCase());
  if (id !== null && component !== undefined) return `${virtualLocal(id)}@${component}`;
  const jid = parseJid(who)?.bare;
  if (jid === undefined) throw new DxError("DX_USAGE", { detail: `${who} is no address` });
  return jid;
}

export async function followJid(client: XmppClient, jid: string): Promise<void> {
  await client.request({
    type: "set",
    to: jid,
    payload: subscribeRequest(NODE_MICROBLOG, client.bare),
    // The pod of a person who was never seen is asked first.
    timeoutMs: 60_000,
  });
}
