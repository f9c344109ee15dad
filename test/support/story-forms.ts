/** What the clients of a story put into stanzas: forms, polls, events (XEP-0004, XEP-0471). */
import { xml, type Stanza } from "./e2e-client.ts";

export const NS_DATA = "jabber:x:data";

export function form(values: Readonly<Record<string, string>>): Stanza {
  const fields = Object.entries(values).map(([name, value]) =>
    xml("field", { var: name }, xml("value", {}, value)),
  );
  return xml("x", { xmlns: NS_DATA, type: "submit" }, ...fields);
}

export function pollForm(question: string, answers: readonly string[]): Stanza {
  const options = answers.map((answer) =>
    xml("option", { label: answer }, xml("value", {}, answer)),
  );
  const field = xml("field", { type: "list-single", var: "answer", label: question }, ...options);
  return xml("x", { xmlns: NS_DATA, type: "form" }, xml("title", {}, question), field);
}

/** XEP-0471. */
export function event(name: string): Stanza {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  return xml(
    "event",
    { xmlns: "urn:xmpp:calendar-events:0" },
    xml("name", {}, name),
    xml("start", {}, at(24)),
    xml("end", {}, at(26)),
  );
}
