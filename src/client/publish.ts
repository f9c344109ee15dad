/**
 * Publishing a post into the own PEP node (XEP-0163, XEP-0060 §7.1) by the two ways that
 * Movim has: publish-options first, and where the node is configured otherwise or the
 * server refuses the options, the node's owner configures it and publishes without.
 */
import { isDxError } from "../errors/error.ts";
import { NODE_MICROBLOG, NS_PUBSUB } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { XmppClient } from "./connect.ts";
import { movimEntry, type NewEntry } from "./movim-entry.ts";

const NS_OWNER = `${NS_PUBSUB}#owner`;
const NS_FORM = "jabber:x:data";
const PUBLISH_OPTIONS = `${NS_PUBSUB}#publish-options`;
const NODE_CONFIG = `${NS_PUBSUB}#node_config`;

/** XEP-0060 §7.1.5 names the first; servers differ in which they send for options that they do not take. */
const RETRY_WITHOUT_OPTIONS = new Set([
  "conflict",
  "precondition-not-met",
  "resource-constraint",
  "not-acceptable",
]);

export interface PublishOptions extends NewEntry {
  /** Leaves the node to those who may see the presence, instead of opening it to all. */
  readonly limited?: boolean | undefined;
}

/** Returns the id of the published item. */
export async function publishEntry(client: XmppClient, options: PublishOptions): Promise<string> {
  const { id, element } = movimEntry(options, client.bare);
  const publish = el("publish", { node: NODE_MICROBLOG }, el("item", { id }, element));
  const settings = {
    "pubsub#persist_items": "true",
    "pubsub#access_model": options.limited === true ? "presence" : "open",
  };
  try {
    await set(
      client,
      el(
        "pubsub",
        { xmlns: NS_PUBSUB },
        publish,
        el("publish-options", {}, form(PUBLISH_OPTIONS, settings)),
      ),
    );
  } catch (error) {
    if (!isDxError(error, "DX_IQ_ERROR")) throw error;
    if (!RETRY_WITHOUT_OPTIONS.has(String(error.evidence["condition"]))) throw error;
    await configureNode(client, settings);
    await set(client, el("pubsub", { xmlns: NS_PUBSUB }, publish));
  }
  return id;
}

/** XEP-0060 §8.1.3 and §8.2: the node is made with these settings, or given them. */
async function configureNode(
  client: XmppClient,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configured = form(NODE_CONFIG, settings);
  try {
    await set(
      client,
      el("pubsub", { xmlns: NS_OWNER }, el("configure", { node: NODE_MICROBLOG }, configured)),
    );
  } catch (error) {
    if (!isDxError(error, "DX_IQ_ERROR")) throw error;
    await set(
      client,
      el(
        "pubsub",
        { xmlns: NS_PUBSUB },
        el("create", { node: NODE_MICROBLOG }),
        el("configure", {}, configured),
      ),
    );
  }
}

async function set(client: XmppClient, payload: XmlElement): Promise<void> {
  await client.request({ type: "set", payload });
}

/** XEP-0004 §3.2. */
function form(type: string, values: Readonly<Record<string, string>>): XmlElement {
  return el(
    "x",
    { xmlns: NS_FORM, type: "submit" },
    field("FORM_TYPE", type, "hidden"),
    Object.entries(values).map(([name, value]) => field(name, value)),
  );
}

function field(name: string, value: string, type?: string): XmlElement {
  return el("field", { var: name, type }, el("value", {}, value));
}
