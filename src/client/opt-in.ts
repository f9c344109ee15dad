/**
 * Opting in at the gateway (XEP-0100 §4.1, XEP-0077): register, and let the component see
 * the presence that its copies of the posts depend on.
 */
import { child, childrenNamed, childText, el } from "../xml/element.ts";
import { availablePresence } from "./presence.ts";
import type { XmppClient } from "./connect.ts";

const NS_REGISTER = "jabber:iq:register";
const NS_ROSTER = "jabber:iq:roster";

export interface OptedIn {
  /** What the gateway says about the registration. */
  readonly instructions: string;
  /** True when its request to see the presence came and was granted. */
  readonly approved: boolean;
}

export async function optIn(
  client: XmppClient,
  service: string,
  waitMs = 10_000,
): Promise<OptedIn> {
  const before = await mayAlreadySee(client, service);
  // Listening before asking: the request may overtake the answer.
  const approval = before ? Promise.resolve(true) : approveRequest(client, service, waitMs);
  await client.send(availablePresence());
  await client.request({
    type: "set",
    to: service,
    payload: el("query", { xmlns: NS_REGISTER }),
  });
  const approved = await approval;
  const state = await client.request({
    type: "get",
    to: service,
    payload: el("query", { xmlns: NS_REGISTER }),
  });
  const query = child(state, "query", NS_REGISTER);
  return { instructions: childText(query, "instructions")?.trim() ?? "", approved };
}

/** RFC 6121 §2.1: granted on an earlier day, and then never asked for again. */
async function mayAlreadySee(client: XmppClient, service: string): Promise<boolean> {
  const roster = await client.request({ type: "get", payload: el("query", { xmlns: NS_ROSTER }) });
  const query = child(roster, "query", NS_ROSTER);
  const items = query === undefined ? [] : childrenNamed(query, "item");
  const { subscription } = items.find(({ attrs }) => attrs["jid"] === service)?.attrs ?? {};
  return subscription === "from" || subscription === "both";
}

/** Grants the presence subscription that this address, and no other, asks for. */
export function approveFrom(client: XmppClient, service: string): () => void {
  return client.listen((stanza) => {
    if (stanza.local !== "presence" || stanza.attrs["type"] !== "subscribe") return;
    if (stanza.attrs["from"] !== service) return;
    void client.send(el("presence", { to: service, type: "subscribed" })).catch(() => undefined);
  });
}

function approveRequest(client: XmppClient, service: string, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const stopApproving = approveFrom(client, service);
    const stopWatching = client.listen((stanza) => {
      const { from, type } = stanza.attrs;
      if (stanza.local === "presence" && from === service && type === "subscribe") end(true);
    });
    const end = (approved: boolean): void => {
      clearTimeout(timer);
      stopApproving();
      stopWatching();
      resolve(approved);
    };
    const timer = setTimeout(end, waitMs, false);
    void client.closed.then(() => {
      end(false);
    });
  });
}
