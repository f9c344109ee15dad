/** A post that a command wrote, and how any post of somebody here goes out. */
import type { Note, PostActivity } from "../activitystreams/activity.ts";
import type { PostAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { mentionsIn } from "../activitystreams/mentions.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount, wordsOf } from "./actor.ts";
import { recipientsOfNew, type PostReaders } from "./audience.ts";
import { commit } from "./commit.ts";
import { digestGuid } from "./guids.ts";
import { hostedNode } from "./nodes.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
  PublishedPhoto,
} from "./ports.ts";

export interface NewPost {
  readonly activity: PostActivity;
  /** Where the pictures lie that the activity shows under addresses of ours. */
  readonly photos: readonly PublishedPhoto[];
  readonly itemId?: string;
}

/** Throws DX_NOT_REGISTERED, DX_NO_WORDS, DX_NO_CONTACTS. It lives here, in a node of ours. */
export async function post(
  act: PostAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  const guid = digestGuid(effects, "post", act.jid, act.key);
  const activity = postOf(
    noteOf(guid, wordsOf(act.markdown)),
    act.audience,
    account,
    effects.now(),
  );
  const mentioned = await mentionedIn(activity, store);
  effects.prepare(activity, account);
  return await commit(store, effects, async (tx) => {
    const known = await tx.findActivity(guid);
    if (known !== null && known.authorKey !== account.key) throw new DxError("DX_NOT_YOURS");
    if (known !== null) return guid;
    const only = act.audience === "public" ? null : await tx.limitedReaders(account.key);
    if (only?.length === 0) throw new DxError("DX_NO_CONTACTS");
    const to = { only, asContacts: true, mentioned };
    const activityId = await addPost(tx, { activity, photos: [] }, to, account);
    if (activityId === null) return guid;
    const stream = { personKey: account.key, node: hostedNode(account.jid) };
    const readers = only?.map((person) => person.guid) ?? null;
    await tx.deliverToReaders(activityId, guid, { ...stream, only: readers });
    return guid;
  });
}

/** Null when its GUID is taken. */
export async function addPost(
  tx: BridgeTransaction,
  { activity, photos, itemId }: NewPost,
  readers: PostReaders,
  account: Account,
): Promise<string | null> {
  const { guid } = activity.object;
  const facts = itemId === undefined ? {} : { itemId };
  const activityId = await tx.insertActivity(guid, account.key, activity, facts);
  if (activityId === null) return null;
  if (photos.length > 0) await tx.insertPhotos(activityId, photos);
  const { only, asContacts } = readers;
  for (const person of only ?? []) await tx.addAudience(activityId, person.key, asContacts);
  await tx.deliver(activityId, guid, await recipientsOfNew(tx, account.key, readers));
  return activityId;
}

export function postOf(
  object: Note,
  audience: PostActivity["audience"],
  account: Account,
  published: Date,
): PostActivity {
  return { verb: "post", actor: actorOf(account), object, audience, published };
}

function noteOf(guid: Guid, markdown: string): Note {
  return { type: "note", guid, markdown, tags: tagsIn(markdown), photos: [], generator: "XMPP" };
}

const MOST_MENTIONED = 20;

/** As far as they are known here: nobody is looked up for being named. */
export async function mentionedIn(
  { object, audience }: PostActivity,
  store: Pick<BridgeStore, "remoteById">,
): Promise<KnownPerson[]> {
  if (audience !== "public") return [];
  const mentions = mentionsIn(object.markdown, MOST_MENTIONED);
  const people = await Promise.all(mentions.map(({ id }) => store.remoteById(id)));
  return people.filter((person) => person !== null);
}
