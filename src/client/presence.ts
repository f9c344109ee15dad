/**
 * Being there: presence with entity capabilities (XEP-0115) that ask for other people's
 * posts (XEP-0163 §4.3), and the disco#info answer that they stand for.
 */
import { createHash } from "node:crypto";
import { xml, type Client } from "@xmpp/client";
import { NOTIFY_MICROBLOG } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";

const NS_CAPS = "http://jabber.org/protocol/caps";
const NS_DISCO_INFO = "http://jabber.org/protocol/disco#info";
const NODE = "https://diaspora-x.invalid/terminal";
const NAME = "diaspora-x client";

/** In the order in which they are hashed. */
const FEATURES = [NS_CAPS, NS_DISCO_INFO, NOTIFY_MICROBLOG].sort();

/** XEP-0115 §5.1. */
const VERIFICATION = createHash("sha1")
  .update([`client/console//${NAME}`, ...FEATURES, ""].join("<"))
  .digest("base64");

type Element = Parameters<Client["send"]>[0];

export function availablePresence(): XmlElement {
  return el(
    "presence",
    {},
    el("c", { xmlns: NS_CAPS, hash: "sha-1", node: NODE, ver: VERIFICATION }),
  );
}

/** The part of @xmpp/iq that is used; under its own types it does not resolve. */
interface IqCallee {
  get(ns: string, name: string, answer: (context: { stanza: Element }) => Element): void;
}

function isCallee(value: object): value is IqCallee {
  return "get" in value && typeof value.get === "function";
}

export function answerDisco(entity: Client): void {
  const callee: unknown = entity.iqCallee;
  if (typeof callee !== "object" || callee === null || !isCallee(callee)) return;
  callee.get(NS_DISCO_INFO, "query", ({ stanza }) => {
    const node: unknown = stanza.getChild("query")?.attrs["node"];
    return xml(
      "query",
      { xmlns: NS_DISCO_INFO, node: typeof node === "string" ? node : undefined },
      xml("identity", { category: "client", type: "console", name: NAME }),
      ...FEATURES.map((feature) => xml("feature", { var: feature })),
    );
  });
}
