/**
 * XEP-0115 Entity Capabilities: the `ver` of exactly the disco#info answer that is given.
 * COMPAT(Prosody mod_pep, ejabberd): SHA-1, the only hash that they read. A wrong `ver`
 * is cached against us or ignored, so it is always made from the answer itself.
 */
import { createHash } from "node:crypto";
import { el, type XmlElement } from "../xml/element.ts";

const NS_CAPS = "http://jabber.org/protocol/caps";
const NS_DATA = "jabber:x:data";

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
  readonly lang?: string;
}

/** An extended disco#info form (XEP-0128): its FORM_TYPE and its fields' values. */
export interface InfoForm {
  readonly formType: string;
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** XEP-0115 §5.1. */
export function capsOf(
  identities: readonly Identity[],
  features: readonly string[],
  forms: readonly InfoForm[] = [],
): string {
  const parts = [
    ...sorted(
      identities.map(({ category, type, lang = "", name = "" }) =>
        [category, type, lang, name].join("/"),
      ),
    ),
    ...sorted(features),
  ];
  for (const formType of sorted(forms.map((form) => form.formType))) {
    parts.push(formType);
    const fields = forms.find((form) => form.formType === formType)?.fields ?? {};
    for (const name of sorted(Object.keys(fields))) parts.push(name, ...sorted(fields[name] ?? []));
  }
  const text = parts.map((part) => `${part}<`).join("");
  return createHash("sha1").update(text, "utf8").digest("base64");
}

/** By i;octet (RFC 4790 §9.3): UTF-8 bytes, not UTF-16 units. */
function sorted(texts: readonly string[]): string[] {
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** XEP-0128 §2: a data form of type `result`. */
export function infoForm({ formType, fields }: InfoForm): XmlElement {
  return el(
    "x",
    { xmlns: NS_DATA, type: "result" },
    el("field", { type: "hidden", var: "FORM_TYPE" }, el("value", {}, formType)),
    Object.entries(fields).map(([name, values]) =>
      el(
        "field",
        { var: name },
        values.map((value) => el("value", {}, value)),
      ),
    ),
  );
}

export function capsElement(node: string, ver: string): XmlElement {
  return el("c", { xmlns: NS_CAPS, hash: "sha-1", node, ver });
}
