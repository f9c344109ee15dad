/** What strangers send waits for a yes, where the operator wants that. */
import { isAbout } from "../activitystreams/activity.ts";
import { hostOf } from "../activitystreams/ids.ts";
import { mentionsIn } from "../activitystreams/mentions.ts";
import type { Account } from "../bridge/ports.ts";
import type { VerifiedActivity } from "../bridge/receive.ts";
import type { Config } from "../config.ts";
import { transactionOf } from "../store/transaction.ts";
import { guarded, inTransaction } from "../store/database.ts";
import { localByGuid, localById } from "../store/people.ts";
import { isStranger, keepStrange, type StrangersWhat } from "../store/quarantine.ts";
import type { Storage } from "./storage.ts";

/** Receives an activity with the inbox row it came from. */
type Receive = (received: VerifiedActivity, inboxId: string) => Promise<boolean>;

const MOST_MENTIONED = 20;
/** One by one; of others the commands tell. */
const MOST_TOLD = 10;

export function quarantined(
  options: {
    readonly config: Config;
    readonly storage: Storage;
    readonly wake: (kind: "jid") => void;
  },
  receive: Receive,
): Receive {
  const { config, storage } = options;
  const among = config.moderation.quarantine;
  if (among === "off") return receive;
  return async (received, inboxId) => {
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

/** null for what addresses nobody in particular, and for what ends something. */
async function saidTo(
  { activity, recipient }: VerifiedActivity,
  { db }: Storage,
): Promise<Said | null> {
  if (isAbout(activity, "note")) {
    for (const { id } of mentionsIn(activity.object.markdown, MOST_MENTIONED)) {
      const to = await guarded(() => localById(db, id));
      if (to !== null) return { what: "mention", to };
    }
    return null;
  }
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
  mention: "has mentioned you",
};

function noticeOf(what: StrangersWhat, sender: string): string {
  return (
    `${sender}, who is new here, ${WORDS[what]}. Write “accept ${sender}” to let this person ` +
    `reach you, or “reject ${sender}”. Without an answer it is forgotten.`
  );
}
