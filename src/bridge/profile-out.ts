/**
 * What local people tell of themselves goes to their contacts when it changes. Only what a
 * stranger could read on the person's own network is ever known here (ProfileChange), so the
 * profile is a public one.
 */
import { isDeepStrictEqual } from "node:util";
import type { Profile, ProfileActivity } from "../activitystreams/activity.ts";
import { localOf, type Guid, type Jid } from "../activitystreams/ids.ts";
import type { AvatarSize, ProfileChange } from "../activitystreams/profile.ts";
import { DxError } from "../errors/error.ts";
import { actorOf } from "./actor.ts";
import { commit } from "./commit.ts";
import type { DueProfile } from "./people-ports.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction, Preferences } from "./ports.ts";

export interface ProfileEffects extends BridgeEffects {
  /** Where we serve a person's picture with this hash. */
  avatarAddress(person: Guid, sha1: string, size: AvatarSize): string;
  /** A client that changes name, picture and card writes them one after the other. */
  readonly profileDelayMs: number;
}

/** Without any change in it: what else a profile is made of has changed. Of strangers it is nothing. */
export async function profileChanged(
  jid: Jid,
  change: ProfileChange,
  store: BridgeStore,
  effects: Pick<ProfileEffects, "now" | "profileDelayMs">,
): Promise<void> {
  const account = await store.accountByJid(jid);
  if (account === null) return;
  const dueAt = new Date(effects.now().getTime() + effects.profileDelayMs);
  await store.transaction((tx) => tx.collectProfile(account.key, change, dueAt));
}

/** To be called every few seconds. Returns how many were looked at. */
export async function sendDueProfiles(
  limit: number,
  store: BridgeStore,
  effects: ProfileEffects,
): Promise<number> {
  for (let seen = 0; seen < limit; seen += 1) {
    if (!(await commit(store, effects, (tx) => sendDue(tx, effects)))) return seen;
  }
  return limit;
}

/** False when none is due. */
async function sendDue(tx: BridgeTransaction, effects: ProfileEffects): Promise<boolean> {
  const due = await tx.takeDueProfile(effects.now());
  if (due === null) return false;
  const profile = profileOf(due, await tx.preferencesOf(due.account.key), effects);
  if (isDeepStrictEqual(profile, due.told)) return true;
  await tx.keepTold(due.account.key, profile);
  await spread(tx, due, profile, effects);
  return true;
}

function profileOf(
  { account, vcard, nick, avatarSha1 }: DueProfile,
  { searchable }: Preferences,
  effects: ProfileEffects,
): Profile {
  const { firstName, lastName, photo: _, ...card } = vcard ?? NO_CARD;
  const nickname = nick?.trim() ?? "";
  // Contacts of the XMPP side see the nickname first; diaspora* shows the parts of a name first.
  const names =
    nickname !== ""
      ? { name: nickname }
      : {
          name: nameIn(card.name) ?? localOf(account.jid) ?? account.jid,
          ...(firstName === undefined ? {} : { firstName }),
          ...(lastName === undefined ? {} : { lastName }),
        };
  return { ...card, ...names, ...photoOf(account.guid, avatarSha1, effects), searchable };
}

const NO_CARD: Profile = { type: "profile", tags: [], searchable: false, nsfw: false };

function nameIn(text: string | undefined): string | null {
  const name = text?.trim() ?? "";
  return name === "" ? null : name;
}

function photoOf(
  guid: Guid,
  sha1: string | null,
  { avatarAddress }: ProfileEffects,
): Pick<Profile, "photo"> {
  if (sha1 === null) return {};
  return {
    photo: {
      large: avatarAddress(guid, sha1, "large"),
      medium: avatarAddress(guid, sha1, "medium"),
      small: avatarAddress(guid, sha1, "small"),
    },
  };
}

async function spread(
  tx: BridgeTransaction,
  { account }: DueProfile,
  profile: Profile,
  effects: BridgeEffects,
): Promise<void> {
  const pods = await tx.contactPods(account.key);
  const mailboxes = await tx.contactMailboxes(account.key);
  if (pods.length + mailboxes.length === 0) return;
  const now = effects.now();
  const activity: ProfileActivity = {
    verb: "update",
    actor: { ...actorOf(account), name: profile.name ?? account.name },
    object: { ...profile, edited: now },
    audience: "public",
    published: now,
  };
  effects.prepare(activity, account);
  const activityId = await tx.insertActivity(effects.randomGuid(), account.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  const root = `profile:${account.guid}`;
  await tx.deliver(activityId, root, { kind: "pod", addresses: pods });
  // COMPAT(Friendica): it takes profiles in private only (diaspora-protocol.md §4.1); one of its
  // people is enough, a pod keeps a person once.
  await tx.deliver(activityId, root, { kind: "person", addresses: mailboxes });
}
