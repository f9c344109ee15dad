/** Posts of the test peer that ask something: polls and events (diaspora* federation §3). */
import { newGuid } from "./peer-messages.ts";
import type { PeerPerson } from "./peer-person.ts";
import { node, writeXml } from "./peer-xml.ts";

const at = (hours: number): string =>
  new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");

function post(
  author: PeerPerson,
  guid: string,
  text: string,
  inside: ReturnType<typeof node>,
): string {
  const values = [
    ["author", author.id],
    ["guid", guid],
    ["created_at", at(0)],
    ["public", "true"],
    ["text", text],
  ] as const;
  return writeXml(
    node("status_message", {}, ...values.map(([name, value]) => node(name, {}, value)), inside),
  );
}

export function askingPost(
  author: PeerPerson,
  guid: string,
  question: string,
  answers: readonly { readonly guid: string; readonly text: string }[],
): string {
  const poll = node(
    "poll",
    {},
    node("guid", {}, newGuid()),
    node("question", {}, question),
    ...answers.map((answer) =>
      node("poll_answer", {}, node("guid", {}, answer.guid), node("answer", {}, answer.text)),
    ),
  );
  return post(author, guid, "What do you say?", poll);
}

export function invitingPost(
  author: PeerPerson,
  guid: string,
  event: { readonly guid: string; readonly summary: string },
): string {
  const values = [
    ["author", author.id],
    ["guid", event.guid],
    ["summary", event.summary],
    ["start", at(24)],
    ["end", at(26)],
  ] as const;
  const inside = node("event", {}, ...values.map(([name, value]) => node(name, {}, value)));
  return post(author, guid, "You are invited", inside);
}
