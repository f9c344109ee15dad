/**
 * What a node is, as the fields of forms: in disco#info (XEP-0060 §5.4), and as what the options
 * of a publisher are compared with (§7.1.5).
 */
import { DxError } from "../../errors/error.ts";
import { child, childrenNamed, textOf, type XmlElement } from "../../xml/element.ts";
import { NS_DATA, NS_PUBSUB } from "../namespaces.ts";
import type { NodeMeta } from "./node.ts";

const PUBLISH_OPTIONS = `${NS_PUBSUB}#publish-options`;
/** There are some thirty fields in the XEP. */
const MAX_FIELDS = 100;

/** The configuration of a node, by the XEP's names. */
function configOf(meta: NodeMeta): Readonly<Record<string, string>> {
  return {
    "pubsub#title": meta.title,
    "pubsub#type": meta.type,
    "pubsub#access_model": meta.access,
    "pubsub#publish_model": meta.publish,
    "pubsub#max_items": String(meta.maxItems),
    "pubsub#persist_items": "true",
    "pubsub#deliver_notifications": "true",
    "pubsub#deliver_payloads": "true",
    "pubsub#notify_retract": "true",
    "pubsub#notify_delete": "true",
    "pubsub#notify_config": "false",
    "pubsub#notify_sub": "false",
    "pubsub#presence_based_delivery": "false",
    "pubsub#send_last_published_item": "never",
    "pubsub#notification_type": "headline",
    "pubsub#itemreply": "publisher",
    "pubsub#subscribe": "true",
  };
}

/** §5.4: `http://jabber.org/protocol/pubsub#meta-data`. */
export function metaDataOf(meta: NodeMeta): Readonly<Record<string, readonly string[]>> {
  const config = configOf(meta);
  const shown = ["title", "type", "access_model", "publish_model", "max_items"];
  return {
    ...Object.fromEntries(
      shown.map((name) => [`pubsub#${name}`, [config[`pubsub#${name}`] ?? ""]]),
    ),
    "pubsub#owner": [meta.owner],
  };
}

/**
 * §7.1.5: each field is a precondition. One that is not met refuses the publication, and so does
 * one that is not known.
 */
export function requireOptions(options: XmlElement, meta: NodeMeta): void {
  const form = child(options, "x", NS_DATA);
  const fields = form === undefined ? [] : childrenNamed(form, "field", NS_DATA);
  if (form?.attrs["type"] !== "submit" || fields.length > MAX_FIELDS) {
    throw new DxError("DX_BAD_REQUEST", { detail: "publish-options without a form" });
  }
  const config = configOf(meta);
  for (const field of fields) {
    const name = field.attrs["var"] ?? "";
    const values = childrenNamed(field, "value", NS_DATA).map((value) => textOf(value).trim());
    const expected = name === "FORM_TYPE" ? PUBLISH_OPTIONS : config[name];
    const [value = ""] = values;
    if (expected === undefined || values.length > 1 || plain(value) !== plain(expected)) {
      throw new DxError("DX_PUBSUB_PRECONDITION");
    }
  }
}

/** XML Schema writes a boolean in two ways. */
function plain(value: string): string {
  if (value === "1") return "true";
  return value === "0" ? "false" : value;
}
