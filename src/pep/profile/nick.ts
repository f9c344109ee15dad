/** Nicknames (XEP-0172): the payload of a person's node. */
import { cutText } from "../../activitystreams/words.ts";
import { el, textOf, type XmlElement } from "../../xml/element.ts";
import { stripIllegal } from "../../xml/serialise.ts";
import { NS_NICK } from "../namespaces.ts";

/** diaspora-protocol.md §3: of a whole name. */
const MAX_NAME = 70;

export function nickElement(name: string): XmlElement {
  return el("nick", { xmlns: NS_NICK }, name);
}

/** null for none; `;` divides names in a mention, so no pod takes it in one. */
export function readNick(payload: XmlElement | undefined): string | null {
  if (payload?.local !== "nick" || payload.ns !== NS_NICK) return null;
  const name = fitName(textOf(payload), MAX_NAME);
  return name === "" ? null : name;
}

/** A name as pods take it, on one line. */
export function fitName(text: string, limit: number): string {
  const oneLine = stripIllegal(text)
    .replace(/[;\s]+/gu, " ")
    .trim();
  return cutText(oneLine, limit).trim();
}
