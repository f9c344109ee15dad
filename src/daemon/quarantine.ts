/** What strangers send waits for a yes, where the operator wants that. */
import { isAbout } from "../activitystreams/activity.ts";
import { hostOf } from "../activitystreams/ids.ts";
import type { Account } from "../bridge/ports.ts";
import type { VerifiedActivity } from "../bridge/receive.ts";
import type { Config } from "../config.ts";
import { transactionOf } from "../store/transaction.ts";
import { guarded, inTransaction } from "../store/database.ts";
import { localByGuid } from "../store/people.ts";
import { dropFollow, isStranger, keepStrange, type StrangersWhat } from "../store/quarantine.ts";
import type { Storage } from "./storage.ts";

/** Receives an activity with the inbox row it came from. */
type Receive = (received: VerifiedActivity, inboxId: string) => Promise<boolean>;

/** One by one; of others the commands tell. */
const MOST_TOLD = 10;

export function quarantined(
  options: {
    readonly config: { readonly moderation: Pick<Config["moderation"], "quarantine"> };
    readonly storage: Pick<Storage, "db" | "remotes"> & {
      readonly standings: Pick<Storage["standings"], "now">;
    };
    readonly wake: (kind: "jid") => void;
  },
  receive: Receive,
): Receive {
  const { config, storage } = options;
  const among = config.moderation.quarantine;
  if (among === "off") return receive;
  return async (received, inboxId) => {
    await endFollow(received, storage);
    const said = await saidTo(received, storage);
    const isAllowed = storage.standings.now().isAllowed(hostOf(received.sender));
    if (said === null || isAllowed) return await receive(received, inboxId);
    const stranger = { sender: received.sender, personKey: said.to.key };
    const isStrange = await guarded(() => isStranger(storage.db, stranger, among));
    if (!isStrange) return await receive(received, inboxId);
    await keep(options, inboxId, { ...said, sender: received.sender });
    return true;
  };
}

interface Said {
  readonly what: StrangersWhat;
  readonly to: Account;
}

/** Who wants no more of somebody does not follow them when they say yes, days later. */
async function endFollow(
  { activity, sender, recipient }: VerifiedActivity,
  { db }: Pick<Storage, "db">,
): Promise<void> {
  if (recipient === null || !isAbout(activity, "person")) return;
  if (activity.verb !== "unfollow" && activity.verb !== "block") return;
  await guarded(() => dropFollow(db, sender, recipient));
}

/**
 * null for what addresses nobody in particular, and for what ends something. A post that names
 * somebody has its own readers, who wait for nobody's yes.
 */
async function saidTo(
  { activity, recipient }: VerifiedActivity,
  { db }: Pick<Storage, "db">,
): Promise<Said | null> {
  const what = whatOf(activity);
  const to =
    recipient === null || what === null ? null : await guarded(() => localByGuid(db, recipient));
  return to === null || what === null ? null : { what, to };
}

function whatOf(activity: VerifiedActivity["activity"]): StrangersWhat | null {
  if (isAbout(activity, "person")) return activity.verb === "follow" ? "follow" : null;
  return isAbout(activity, "conversation") || isAbout(activity, "message") ? "message" : null;
}

async function keep(
  { storage, wake }: Parameters<typeof quarantined>[0],
  inboxId: string,
  { what, to, sender }: Said & { readonly sender: VerifiedActivity["sender"] },
): Promise<void> {
  const told = await inTransaction(storage.db, async (tx) => {
    const kept = await keepStrange(tx, inboxId, { sender, personKey: to.key }, what);
    if (kept !== "first") return false;
    const rules = transactionOf(tx, storage.remotes);
    if (!(await rules.countToday(to.key, "quarantine", MOST_TOLD))) return false;
    await rules.tell(to.jid, noticeOf(what, sender));
    return true;
  });
  if (told) wake("jid");
}

const WORDS: Readonly<Record<StrangersWhat, string>> = {
  follow: "wants to follow you",
  message: "has written to you",
};

function noticeOf(what: StrangersWhat, sender: string): string {
  return (
    `${sender}, who is new here, ${WORDS[what]}. Write “accept ${sender}” to let this person ` +
    `reach you, or “reject ${sender}”. Without an answer it is forgotten.`
  );
}
