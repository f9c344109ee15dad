/** How accounts begin, end and move, over the store and the network. */
import type { Jid } from "../activitystreams/ids.ts";
import { formOf } from "../activitystreams/hash-form.ts";
import { endDueAccounts, forgetEnded } from "../bridge/account-end.ts";
import { settleDoubts, type DoubtEffects } from "../bridge/doubts.ts";
import { moveAccount, type MoveAct, type MoveEffects } from "../bridge/move.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import type { BridgeEffects, BridgeStore } from "../bridge/ports.ts";
import {
  register,
  unregister,
  type RegistrationRules,
  type Sameness,
} from "../bridge/registration.ts";
import type { FeedReader } from "../connector/feed-reader.ts";
import { hashOf } from "../connector/item-hash.ts";
import { DxError } from "../errors/error.ts";
import { migrationSignedText, signText } from "../salmon/author-signature.ts";
import { importPrivateKey } from "../salmon/keys.ts";
import { guarded } from "../store/database.ts";
import { doubtAccount, letIn, newestItems } from "../store/leaving.ts";
import { privateKeyOf } from "../store/people.ts";
import type { Storage } from "./storage.ts";

type IsSame = RegistrationRules["isSame"];

export function accountRules(
  { db }: Pick<Storage, "db">,
  rules: Omit<RegistrationRules, "isSame">,
  store: BridgeStore,
  effects: BridgeEffects & MoveEffects,
) {
  return {
    register: (jid: Jid, isSame: IsSame = unknown) =>
      register(jid, { ...rules, isSame }, store, effects),
    unregister: (jid: Jid) => unregister(jid, rules, store, effects),
    moveAccount: (act: MoveAct) => moveAccount(act, store, effects),
    letIn: (jid: Jid) => guarded(() => letIn(db, jid)),
    doubt: (jid: Jid) => guarded(() => doubtAccount(db, jid)),
    settleDoubts: (before: Date, isSame: IsSame, on: Omit<DoubtEffects, "now" | "wake">) =>
      settleDoubts(before, { ...rules, isSame }, store, { ...effects, ...on }),
    endDueAccounts: (limit: number) => endDueAccounts(limit, store, effects),
    forgetEnded: (limit: number) => forgetEnded(limit, store, effects),
  };
}

function unknown(): Promise<Sameness> {
  return Promise.resolve("unknown");
}

export function signMoveWith({
  db,
  vault,
}: Pick<Storage, "db" | "vault">): MoveEffects["signMove"] {
  return async (from, to) => {
    const pem = await guarded(() => privateKeyOf(db, vault, to.guid));
    if (pem === null) throw new DxError("DX_NOT_REGISTERED");
    return await signText(migrationSignedText(from, to.diasporaId), importPrivateKey(pem));
  };
}

/** Of the newest of a person's items, so many have to be there as they were. */
const LOOKED_FOR = 3;

/**
 * An XMPP account that was deleted and made anew begins without items. There is no better proof:
 * servers answer for accounts that never were as for those that are.
 */
export function createSameness(
  reader: Pick<FeedReader, "readItems">,
  { db }: Pick<Storage, "db">,
): IsSame {
  return async (jid, key) => {
    const known = await guarded(() => newestItems(db, key, POSTS_NODE, LOOKED_FOR));
    if (known.size === 0) return "nothing";
    const reading = await reader.readItems(jid, POSTS_NODE, [...known.keys()]);
    if (reading.state === "refused") return "unknown";
    if (reading.state === "missing") return "other";
    const shown = new Map(
      reading.items.flatMap(({ id, payload }) =>
        payload === undefined ? [] : [[id, hashOf(payload)] as const],
      ),
    );
    return [...known].every(([id, hash]) => isAsItWas(shown.get(id), hash)) ? "same" : "other";
  };
}

/** Of what was hashed by a former version only the id tells. */
function isAsItWas(now: string | undefined, before: string): boolean {
  if (now === undefined) return false;
  return now === before || formOf(now) !== formOf(before);
}
