/**
 * XEP-0100 §4.3 with `jabber:iq:gateway`: a client asks what to call an address here, shows
 * the prompt, and gets the JID for what was typed; so nobody writes `\40` by hand (XEP-0106).
 */
import { jidOfName } from "../activitystreams/diaspora-name.ts";
import { hostOf, userOf, type DiasporaId, type Jid } from "../activitystreams/ids.ts";
import { hasVirtualJid, parseTypedId, virtualJid } from "../activitystreams/virtual-jid.ts";
import { DxError } from "../errors/error.ts";
import { childText, el, type XmlElement } from "../xml/element.ts";
import type { IqHandler } from "./handler.ts";

const NS_GATEWAY = "jabber:iq:gateway";

export interface GatewayOptions {
  readonly domain: string;
  /** The hosts of the diaspora* IDs that we give out, each with its XMPP domain. */
  readonly ownHosts: ReadonlyMap<string, string>;
}

export function gatewayHandlers(options: GatewayOptions): readonly IqHandler[] {
  const common = { kind: "iq", to: "component", ns: NS_GATEWAY, name: "query" } as const;
  return [
    {
      ...common,
      type: "get",
      features: [NS_GATEWAY, "jid\\20escaping"],
      answer: () =>
        query(
          el("desc", {}, "The diaspora* ID of the person, as in alice@pod.example"),
          el("prompt", {}, "diaspora* ID"),
        ),
    },
    {
      ...common,
      type: "set",
      answer: ({ payload }) => {
        const id = parseTypedId(childText(payload, "prompt") ?? "");
        if (id === null || !hasVirtualJid(id)) throw new DxError("DX_JID_MALFORMED");
        const jid = jidFor(id, options);
        // COMPAT(XEP-0100 before 1.0): some clients read the address from `<prompt/>`.
        return query(el("jid", {}, jid), el("prompt", {}, jid));
      },
    },
  ];
}

/** One of our own people is reached at their own JID: a virtual one would be a loop. */
function jidFor(id: DiasporaId, { domain, ownHosts }: GatewayOptions): Jid {
  const own = ownHosts.get(hostOf(id));
  if (own === undefined) return virtualJid(id, domain);
  const jid = jidOfName(userOf(id), own);
  if (jid === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return jid;
}

function query(...children: readonly XmlElement[]): XmlElement {
  return el("query", { xmlns: NS_GATEWAY }, children);
}
