/** What people on the XMPP side can do, with the store and the world that the rules need. */
import type { Acts } from "../activitystreams/acts.ts";
import { attend, vote } from "./answer.ts";
import { comment } from "./comment.ts";
import { edit } from "./edit.ts";
import { like, unlike } from "./opinion.ts";
import type { BridgeEffects, BridgeStore } from "./ports.ts";
import { post } from "./post.ts";
import { retract } from "./retract.ts";
import { share } from "./share.ts";

/** All but private messages. */
export function createActs(store: BridgeStore, effects: BridgeEffects): Omit<Acts, "send"> {
  return {
    comment: (act) => comment(act, store, effects),
    like: (act) => like(act, store, effects),
    unlike: (act) => unlike(act, store, effects),
    vote: (act) => vote(act, store, effects),
    attend: (act) => attend(act, store, effects),
    share: (act) => share(act, store, effects),
    retract: (act) => retract(act, store, effects),
    edit: (act) => edit(act, store, effects),
    post: (act) => post(act, store, effects),
  };
}
