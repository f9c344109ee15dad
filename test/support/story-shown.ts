/** What the client of somebody on an XMPP server shows of what others say. */
import assert from "node:assert/strict";
import { attr, xml, type SeenItem, type Stanza, type TestClient } from "./e2e-client.ts";
import { itemsOfNode } from "./e2e-comments.ts";
import { entryText, NODE, virtualJid, type CommentsNode } from "./e2e-social.ts";
import { NS_DATA } from "./story-forms.ts";
import { guidOf, topOf, type Said } from "./story-person.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_ATTACHMENTS = "urn:xmpp:pubsub-attachments:1";
export const HEART = "♥";

export interface Shown {
  /** The address of somebody of the federation, for this person. */
  addressOf(other: { readonly id: string }): string;
  /** Where this person reads what is said below a post. */
  commentsOf(top: Said): CommentsNode;
  /** Once for each time that it is there; the GUID where that can be seen, else "". */
  find(said: Said): Promise<readonly string[]>;
  /** The federation's names, as far as they can be seen. */
  learn(said: Said, guid: string): void;
}

export function shownBy(client: TestClient, component: string): Shown {
  const addressOf: Shown["addressOf"] = (other) =>
    other.id === client.bare ? client.bare : virtualJid(other.id, component);

  const commentsOf: Shown["commentsOf"] = (top) =>
    top.by.id === client.bare && top.comments !== null
      ? top.comments
      : { service: component, node: `urn:xmpp:microblog:0:comments/${guidOf(top)}` };

  /** What came by itself, and each time that it came. */
  const events = (said: Said): readonly SeenItem[] =>
    client.items.filter(
      (item) => item.node === NODE && item.from === addressOf(said.by) && isIt(said, item),
    );
  /** Private ones; the bridge calls a conversation by the thread. */
  const messages = ({ by, text }: Said): readonly { readonly thread: string }[] =>
    client.stanzas
      .filter((each) => each.is("message") && attr(each, "from").startsWith(addressOf(by)))
      .filter((each) => each.getChildText("body")?.includes(text))
      .map((each) => ({ thread: each.getChildText("thread") ?? "" }));
  const comments = async (said: Said): Promise<string[]> => {
    const items = await itemsOfNode(client, commentsOf(topOf(said)));
    const title = said.kind === "like" ? HEART : said.text;
    return [...items]
      .filter(([, { publisher, entry }]) => {
        const words = entry?.getChildText("title") ?? "";
        return words === title && publisher.split("/")[0] === addressOf(said.by);
      })
      .map(([id]) => id);
  };
  /** XEP-0470, where the item is that they are about. */
  const attached = async (said: Said): Promise<Stanza[]> => {
    const { about } = said;
    assert.ok(about !== null);
    const isPost = about.kind === "post" || about.kind === "reshare";
    const isOwn = about.by.id === client.bare;
    const service = isPost && !isOwn ? addressOf(about.by) : component;
    const posts = isOwn ? `/user/${client.bare}/posts` : NODE;
    const node = isPost ? posts : `urn:xmpp:microblog:0:comments/${guidOf(topOf(about))}`;
    const item = isOwn && about.itemId !== "" ? about.itemId : guidOf(about);
    const target = `xmpp:${service}?;node=${node};item=${item}`;
    const items = xml("items", { node: `${NS_ATTACHMENTS}/${target}` });
    const answer = await client.iq("get", service, xml("pubsub", { xmlns: NS_PUBSUB }, items));
    const holder = answer.stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
    return (holder?.getChildren("item") ?? [])
      .filter((each) => attr(each, "id") === addressOf(said.by))
      .flatMap((each) => each.getChild("attachments") ?? []);
  };
  const find: Shown["find"] = async (said) => {
    switch (said.kind) {
      case "post": {
        const shown = events(said).map(({ id }) => id);
        // Who is named, and does not read there, is told in a chat.
        return shown.length > 0 ? shown : messages(said).map(({ thread }) => thread);
      }
      case "reshare":
        return events(said).map(({ id }) => id);
      case "comment":
        return await comments(said);
      case "like":
        if (said.about?.kind !== "comment") return await comments(said);
        return (await attached(said)).flatMap((each) => (each.getChild("noticed") ? [""] : []));
      case "vote":
        return (await attached(said)).flatMap((each) => (each.getChild("vote") ? [""] : []));
      case "attendance":
        return (await attached(said)).flatMap((each) => (each.getChild("rsvp") ? [""] : []));
      case "conversation":
      case "message":
        return messages(said).map(({ thread }) => thread);
    }
  };
  return {
    addressOf,
    commentsOf,
    find,
    learn: (said, guid) => {
      if (said.by.id !== client.bare) said.guid ||= guid;
      if (said.kind === "post") learnParts(said, events(said)[0]?.entry);
    },
  };
}

/** By its name where that is known, by the words or by what is passed on where it is not. */
function isIt(said: Said, item: SeenItem): boolean {
  if (said.guid !== "") return item.id === said.guid;
  if (said.kind === "post") return entryText(item.entry).includes(said.text);
  const root = said.about === null ? "" : guidOf(said.about);
  const links = item.entry?.getChildren("link") ?? [];
  return links.some((link) => attr(link, "rel") === "via" && attr(link, "href").includes(root));
}

function learnParts({ parts }: Said, entry: Stanza | undefined): void {
  const fields = entry?.getChild("x", NS_DATA)?.getChildren("field") ?? [];
  const hidden = fields.find((field) => attr(field, "var") === "question");
  parts.question ||= hidden?.getChildText("value") ?? "";
  const options = fields.find((field) => attr(field, "var") === "answer")?.getChildren("option");
  if (parts.answers.length === 0) {
    parts.answers = (options ?? []).map((option) => option.getChildText("value") ?? "");
  }
}
