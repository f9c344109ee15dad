/** What people say about posts, as pods write it: signed by its author (diaspora* federation §5). */
import forge from "node-forge";
import { newGuid } from "./peer-messages.ts";
import type { PeerPerson } from "./peer-person.ts";
import { node, writeXml } from "./peer-xml.ts";

type Values = readonly (readonly [name: string, value: string])[];

export interface Said {
  readonly guid: string;
  readonly payload: string;
}

export function comment(author: PeerPerson, parentGuid: string, text: string): Said {
  const guid = newGuid();
  return said(author, "comment", guid, [
    ["author", author.id],
    ["guid", guid],
    ["parent_guid", parentGuid],
    ["text", text],
    ["created_at", now()],
  ]);
}

export function like(author: PeerPerson, parentGuid: string, parentType = "Post"): Said {
  const guid = newGuid();
  return said(author, "like", guid, [
    ["author", author.id],
    ["guid", guid],
    ["parent_guid", parentGuid],
    ["parent_type", parentType],
    ["positive", "true"],
  ]);
}

/** For an answer of a poll. */
export function vote(author: PeerPerson, pollGuid: string, answerGuid: string): Said {
  const guid = newGuid();
  return said(author, "poll_participation", guid, [
    ["author", author.id],
    ["guid", guid],
    ["parent_guid", pollGuid],
    ["poll_answer_guid", answerGuid],
  ]);
}

/** Whether somebody comes to an event. */
export function attendance(author: PeerPerson, eventGuid: string, status: string): Said {
  const guid = newGuid();
  return said(author, "event_participation", guid, [
    ["author", author.id],
    ["guid", guid],
    ["parent_guid", eventGuid],
    ["status", status],
  ]);
}

/** The values in the order of the document, joined; standard base64. */
function said(author: PeerPerson, name: string, guid: string, values: Values): Said {
  const digest = forge.md.sha256.create();
  digest.update(values.map(([, value]) => value).join(";"), "utf8");
  const signature = forge.util.encode64(author.privateKey.sign(digest));
  return { guid, payload: entity(name, [...values, ["author_signature", signature]]) };
}

export interface Conversation {
  readonly guid: string;
  readonly subject: string;
  readonly participants: readonly string[];
}

/** The first message of a conversation comes with it. */
export function conversation(author: PeerPerson, about: Conversation, text: string): Said {
  const message = messageValues(author, about.guid, text);
  return {
    guid: message.guid,
    payload: writeXml(
      node(
        "conversation",
        {},
        node("author", {}, author.id),
        node("guid", {}, about.guid),
        node("subject", {}, about.subject),
        node("created_at", {}, now()),
        node("participants", {}, about.participants.join(";")),
        node("message", {}, ...message.values.map(([key, value]) => node(key, {}, value))),
      ),
    ),
  };
}

export function message(author: PeerPerson, conversationGuid: string, text: string): Said {
  const { guid, values } = messageValues(author, conversationGuid, text);
  return { guid, payload: entity("message", values) };
}

function messageValues(
  author: PeerPerson,
  conversationGuid: string,
  text: string,
): { readonly guid: string; readonly values: Values } {
  const guid = newGuid();
  const values: Values = [
    ["author", author.id],
    ["guid", guid],
    ["text", text],
    ["created_at", now()],
    ["conversation_guid", conversationGuid],
  ];
  return { guid, values };
}

/** What is not given is not told. */
export function profile(author: PeerPerson, values: Readonly<Record<string, string>>): string {
  return entity("profile", [
    ["author", author.id],
    ["edited_at", now()],
    ...Object.entries(values),
    ["searchable", "true"],
    ["public", "true"],
  ]);
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

function entity(name: string, values: Values): string {
  return writeXml(node(name, {}, ...values.map(([key, value]) => node(key, {}, value))));
}
