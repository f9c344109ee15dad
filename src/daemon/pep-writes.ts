/** What people do at the pubsub nodes, as the rules know it. */
import { POSTS_NODE } from "../bridge/nodes.ts";
import type { Acts } from "../activitystreams/acts.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { attachmentsOf, differences, NO_ATTACHMENTS, readAttachments } from "../pep/attachments.ts";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../pep/comment-entry.ts";
import { readEntry, type Entry } from "../pep/entry.ts";
import type { PepWrites } from "../pep/ports.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Rules } from "./rules.ts";

export function createPepWrites(rules: Rules): PepWrites {
  const { acts } = rules;
  return {
    retract: acts.retract,
    unlike: acts.unlike,
    subscribe: (jid, at) =>
      at.type === "posts"
        ? rules.follow({ jid, id: at.person, node: POSTS_NODE, by: "pubsub" })
        : rules.subscribeBelow(jid, at),
    unsubscribe: (jid, at) =>
      at.type === "posts"
        ? rules.unfollow({ jid, id: at.person, node: POSTS_NODE, by: "pubsub" })
        : rules.unsubscribeBelow(jid, at),
    async comment({ jid, post, itemId, payload }) {
      const entry = readEntry(payload);
      if (entry === null) throw new DxError("DX_PUBSUB_PAYLOAD_INVALID");
      await rules.publishReply({
        jid,
        postGuid: post,
        itemId,
        reading: readReply(entry, post),
        from: "component",
      });
    },
    attach: ({ jid, about, payload }) => attach(rules, acts, jid, about, payload),
  };
}

/** What an item of a comments node says. */
export function readReply(
  entry: Entry,
  post: Guid,
): Parameters<Rules["publishReply"]>[0]["reading"] {
  return {
    // Its GUID is the rules' business.
    markdown: commentFromEntry(entry, post, post)?.markdown ?? "",
    isLike: isLikeEntry(entry),
    vote: voteInEntry(entry),
  };
}

/** XEP-0470 §4.3: the whole set is published again with each change. */
async function attach(
  { store }: Rules,
  acts: Acts,
  jid: Jid,
  about: Guid,
  payload: XmlElement | null,
): Promise<void> {
  const account = await store.accountByJid(jid);
  if (account === null) throw new DxError("DX_NOT_REGISTERED");
  const found = await store.attachmentsOf(about, account.key);
  if (found === null) throw new DxError("DX_ITEM_NOT_FOUND");
  const own = found.attachments.filter(({ author }) => author.guid === account.guid);
  const before = readAttachments(attachmentsOf(own)) ?? NO_ATTACHMENTS;
  const after = payload === null ? NO_ATTACHMENTS : readAttachments(payload);
  if (after === null) throw new DxError("DX_PUBSUB_PAYLOAD_INVALID");
  const change = differences(before, after);
  if (change.like === true) await acts.like({ jid, about });
  if (change.like === false) await acts.unlike({ jid, about });
  // A vote or an answer that is taken back has no form on the federation: it stays.
  const { vote = null, attending = null } = change;
  if (vote !== null) await acts.vote({ jid, post: about, answer: vote });
  if (attending !== null) await acts.attend({ jid, post: about, verb: attending });
}
