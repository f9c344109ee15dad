/** What a reader was sent, for others to send: a reference that says less would win by that. */
import { xml, type Stanza } from "../test/support/e2e-client.ts";

/** With another id wherever its own stands. */
export function copyOf(stanza: Stanza, id: string, other: string): Stanza {
  const renamed = (text: string): string => text.replaceAll(id, other);
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(stanza.attrs)) attrs[name] = renamed(String(value));
  const children = stanza.children.map((node) =>
    typeof node === "string" ? renamed(node) : copyOf(node, id, other),
  );
  return xml(stanza.name, attrs, ...children);
}
