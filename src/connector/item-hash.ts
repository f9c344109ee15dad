/**
 * What an item says, as a hash: the same for every copy of it. Neither the order of attributes,
 * nor prefixes, nor where a text was cut into packets mean anything.
 * COMPAT(Prosody): it writes the attributes of each copy in another order.
 */
import { createHash } from "node:crypto";
import { isElement, type XmlElement } from "../xml/element.ts";

type Plain = string | readonly [string, string, readonly (readonly string[])[], readonly Plain[]];

/** Another one with each change of what is hashed: see hash-form.ts. */
const FORM = "2:";

export function hashOf(payload: XmlElement): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(plain(payload)))
    .digest("hex");
  return FORM + digest;
}

function plain({ local, ns, attrs, children }: XmlElement): Plain {
  const named = Object.entries(attrs)
    .filter(([name]) => name !== "xmlns" && !name.startsWith("xmlns:"))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const inside: Plain[] = [];
  for (const node of children) {
    const before = inside.at(-1);
    if (isElement(node)) inside.push(plain(node));
    else if (typeof before === "string") inside[inside.length - 1] = before + node;
    else if (node !== "") inside.push(node);
  }
  return [ns, local, named, inside];
}
