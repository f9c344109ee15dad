/**
 * Whoever a post names hears of it in a chat, though they do not read its author
 * (diaspora-protocol.md §14). Who does gets the post anyway.
 */
import { isAbout, type PostActivity, type ShareActivity } from "../activitystreams/activity.ts";
import { mentionsIn } from "../activitystreams/mentions.ts";
import { POSTS_NODE } from "./nodes.ts";
import type { Account, BridgeEffects, BridgeTransaction, KnownPerson } from "./ports.ts";

/** What is older is news to nobody. */
const FRESH_MS = 7 * 86_400_000;
const MOST_NAMED = 20;
/** Of one person, by everybody: names cost a stranger nothing. */
const MOST_A_DAY = 20;

/** `addressed`: whose copy of a limited post it is, which nobody else may see. */
export async function tellMentioned(
  tx: BridgeTransaction,
  post: { readonly id: string; readonly activity: PostActivity | ShareActivity },
  author: KnownPerson,
  addressed: Account | null,
  effects: BridgeEffects,
): Promise<void> {
  const { id, activity } = post;
  if (!isAbout(activity, "note") || author.standing === "silence") return;
  if (effects.now().getTime() - activity.published.getTime() > FRESH_MS) return;
  const { guid, markdown } = activity.object;
  const names = mentionsIn(markdown, MOST_NAMED).map((mention) => mention.id);
  if (names.length === 0) return;
  for (const account of await tx.notReading(author.key, POSTS_NODE, names)) {
    if (activity.audience === "limited" && account.key !== addressed?.key) continue;
    if (!(await tx.countToday(account.key, "mention", MOST_A_DAY))) continue;
    await tx.deliver(id, guid, { kind: "jid", addresses: [account.jid], form: "chat" });
  }
}
