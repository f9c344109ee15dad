/** A post that a command wrote, put into its author's own node where the server lets us. */
import { createHash } from "node:crypto";
import type { PostActivity } from "../activitystreams/activity.ts";
import { parseGuid, type Jid } from "../activitystreams/ids.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import type { CommandPorts } from "../commands/ports.ts";
import type { FeedReader } from "../connector/feed-reader.ts";
import type { Privilege } from "../connector/privilege.ts";
import { DxError } from "../errors/error.ts";
import { itemUri } from "../pep/links.ts";
import { noteContent } from "../pep/post-content.ts";
import { writeEntry } from "../pep/write-entry.ts";
import type { XmlElement } from "../xml/element.ts";

export interface OwnPostOptions {
  readonly privilege: Pick<Privilege, "publishAs" | "configureNode">;
  readonly reader: Pick<FeedReader, "readAsStranger">;
  readonly nameOf: (jid: Jid) => Promise<string>;
  /** Of one stanza. */
  readonly maxBytes: number;
}

/** What a stanza has beside its entry. */
const ENVELOPE_BYTES = 4_096;

export function createPublishOwn(options: OwnPostOptions): CommandPorts["publishOwn"] {
  return async (jid, { markdown, key }) => {
    // A node that its owner has closed stays closed, and a public post is none for it.
    const { state } = await options.reader.readAsStranger(jid, POSTS_NODE);
    if (state === "refused") return "not-possible";
    const id = createHash("sha256").update(`${jid}\0${key}`).digest("hex").slice(0, 32);
    const payload = entryFor(
      { jid, name: await options.nameOf(jid), id, markdown },
      options.maxBytes - ENVELOPE_BYTES,
    );
    const outcome = await options.privilege.publishAs(jid, POSTS_NODE, { id, payload });
    if (outcome === "not-possible") return "not-possible";
    if (state === "missing") {
      // XEP-0163 §3: a node that a publish has made is for contacts only.
      const open = { "pubsub#access_model": "open", "pubsub#persist_items": "true" };
      const opened = await options.privilege.configureNode(jid, POSTS_NODE, open);
      // It stands there for contacts; the federation gets it from the component's node.
      if (opened === "not-possible") return "not-possible";
    }
    return "published";
  };
}

function entryFor(
  post: {
    readonly jid: Jid;
    readonly name: string;
    readonly id: string;
    readonly markdown: string;
  },
  maxBytes: number,
): XmlElement {
  const { jid, name, id, markdown } = post;
  const guid = parseGuid(id);
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  const activity: PostActivity = {
    verb: "post",
    actor: { network: "xmpp", id: jid, name },
    object: { type: "note", guid, markdown, tags: tagsIn(markdown), photos: [] },
    audience: "public",
    published: new Date(),
  };
  const frame = {
    publisher: jid,
    authorName: name,
    uri: itemUri(jid, POSTS_NODE, id),
    replies: null,
    // It came through no bridge: it is collected like whatever else the person writes.
    component: null,
    linkOf: () => null,
  };
  return writeEntry(noteContent(activity), frame, maxBytes);
}
