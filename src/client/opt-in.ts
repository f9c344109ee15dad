/**
 * Opting in at the gateway (XEP-0100 §4.1, XEP-0077): register, and let the component see
 * the presence that its copies of the posts depend on.
 */
import { childText, el } from "../xml/element.ts";
import { child } from "../xml/element.ts";
import { availablePresence } from "./presence.ts";
import type { XmppClient } from "./connect.ts";

const NS_REGISTER = "jabber:iq:register";

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
  // Listening before asking: the request may overtake the answer.
  const approval = approveRequest(client, service, waitMs);
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
      if (stanza.attrs["from"] !== service || stanza.local !== "presence") return;
      // Asked now, or allowed to see us since earlier: either way it is there.
      if (stanza.attrs["type"] === "subscribe" || stanza.attrs["type"] === undefined) end(true);
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
