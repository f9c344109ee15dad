/** The entities that the test peer sends and reads, as XML (diaspora* federation §3). */
import { randomBytes } from "node:crypto";
import type { PeerPerson } from "./peer-person.ts";
import { elementsOf, node, parseXml, writeXml } from "./peer-xml.ts";

export interface ReadEntity {
  readonly name: string;
  /** Scalar elements; the first of a repeated one. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of all child elements, in document order. */
  readonly order: readonly string[];
}

export function newGuid(): string {
  return randomBytes(16).toString("hex");
}

export interface StatusMessage {
  readonly guid: string;
  readonly text: string;
  readonly public?: boolean;
  readonly createdAt?: Date;
  readonly editedAt?: Date;
}

export function statusMessage(author: { readonly id: string }, post: StatusMessage): string {
  return entity("status_message", [
    ["author", author.id],
    ["guid", post.guid],
    ["created_at", timestamp(post.createdAt ?? new Date())],
    ...(post.editedAt === undefined ? [] : [["edited_at", timestamp(post.editedAt)] as const]),
    ["public", String(post.public ?? true)],
    ["text", post.text],
  ]);
}

export function contact(
  author: PeerPerson,
  recipientId: string,
  state: "start" | "stop" | "block",
): string {
  const on = String(state === "start");
  return entity("contact", [
    ["author", author.id],
    ["recipient", recipientId],
    ["following", on],
    ["sharing", on],
    ["blocking", String(state === "block")],
  ]);
}

export function retraction(author: PeerPerson, targetGuid: string, targetType = "Post"): string {
  return entity("retraction", [
    ["author", author.id],
    ["target_guid", targetGuid],
    ["target_type", targetType],
  ]);
}

export function reshare(
  author: PeerPerson,
  guid: string,
  root: { readonly author: string; readonly guid: string },
): string {
  return entity("reshare", [
    ["author", author.id],
    ["guid", guid],
    ["created_at", new Date().toISOString().replace(/\.\d+Z$/, "Z")],
    ["root_author", root.author],
    ["root_guid", root.guid],
  ]);
}

/** By the author of the post that it is about: the envelope is signature enough. */
export function ownComment(author: PeerPerson, parentGuid: string, text: string): string {
  return entity("comment", [
    ["author", author.id],
    ["guid", newGuid()],
    ["parent_guid", parentGuid],
    ["text", text],
    ["created_at", new Date().toISOString().replace(/\.\d+Z$/, "Z")],
  ]);
}

export function accountDeletion(author: PeerPerson): string {
  return entity("account_deletion", [["author", author.id]]);
}

function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function entity(name: string, values: readonly (readonly [string, string])[]): string {
  return writeXml(node(name, {}, ...values.map(([key, value]) => node(key, {}, value))));
}

/** As strict as the gem: no attributes, no namespace. */
export function readEntity(payload: string): ReadEntity {
  const root = parseXml(payload);
  if (root.namespaceURI !== null) throw new Error(`the entity is in ${root.namespaceURI}`);
  const values: Record<string, string> = {};
  const order: string[] = [];
  for (const element of elementsOf(root)) {
    if (element.attributes.length > 0) throw new Error(`${element.tagName} has attributes`);
    order.push(element.tagName);
    values[element.tagName] ??= element.textContent ?? "";
  }
  return { name: root.tagName, values, order };
}
