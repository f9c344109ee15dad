/** What an item of a person's node is to the federation: a post, a share, or nothing for it. */
import type { Note } from "../activitystreams/activity.ts";
import { isAbout } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { notAfter } from "./actor.ts";
import type { PostReaders } from "./audience.ts";
import type { CollectedItem, ItemReading, PubsubNode, Via } from "./collected.ts";
import { digestGuid } from "./guids.ts";
import { contactsShown } from "./node-readers.ts";
import { mentionedIn, postOf, type NewPost } from "./post.ts";
import type { Account, BridgeEffects, BridgeStore, KnownPerson, PublishedPhoto } from "./ports.ts";
import { addsNothing, attributing, meantBy, quoting } from "./quote.ts";
import { rootOf, type Root } from "./share.ts";
import type { Live } from "./thread.ts";

export type Content =
  | {
      readonly kind: "post";
      readonly post: NewPost;
      readonly readers: PostReaders;
      /** The same words under another GUID. */
      readonly rewritten: (guid: Guid) => Written;
      readonly comments: PubsubNode | null;
    }
  | {
      readonly kind: "share";
      readonly root: Root;
      readonly published: Date;
      readonly comments: PubsubNode | null;
    }
  /** `node`: no stranger may read there. `audience`: none of its readers is of the federation. */
  | { readonly kind: "withheld"; readonly by: "node" | "audience" };

interface Written {
  readonly note: Note;
  readonly photos: readonly PublishedPhoto[];
}

/** null when it says nothing. */
export async function contentOf(
  item: CollectedItem,
  guid: Guid,
  account: Account,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Content | null> {
  const reading = readUnder(item, guid, effects);
  if (reading === null) return null;
  const asContacts = reading.audience === "node";
  const only = await readersOf(item, reading, account, store);
  if (only?.length === 0) return { kind: "withheld", by: asContacts ? "node" : "audience" };
  const published = notAfter(effects.now(), item.published);
  const { comments } = reading;
  const passed = await passedOn(reading, only === null, account, store, effects);
  if (passed === null || passed === "withheld") {
    return passed === null ? null : { kind: "withheld", by: "audience" };
  }
  if ("root" in passed) return { kind: "share", root: passed.root, published, comments };
  const rewritten = (under: Guid): Written => {
    const note = readUnder(item, under, effects)?.note ?? passed.note;
    return served(passed.finish(note), effects);
  };
  const { note, photos } = rewritten(guid);
  const activity = postOf(note, only === null ? "public" : "limited", account, published);
  const post = { activity, photos, itemId: item.itemId };
  const mentioned = await mentionedIn(activity, store);
  return { kind: "post", post, readers: { only, asContacts, mentioned }, rewritten, comments };
}

function readUnder(item: CollectedItem, guid: Guid, effects: BridgeEffects): ItemReading | null {
  return item.reading(guid, (source) => digestGuid(effects, "photo", guid, source));
}

/**
 * null: everybody. Else whom the entry names, or to whom the node shows it. Only those whom
 * somebody here has met can be written to.
 */
async function readersOf(
  { readableByStranger, shows }: CollectedItem,
  { audience }: ItemReading,
  account: Account,
  store: BridgeStore,
): Promise<KnownPerson[] | null> {
  if (audience === "node") {
    return readableByStranger ? null : await contactsShown(account, shows, store);
  }
  const ids = [...new Set<DiasporaId>(audience)];
  const people = await Promise.all(ids.map((id) => store.remoteById(id)));
  return people.filter((person) => person !== null);
}

type Passed =
  { readonly root: Root } | { readonly note: Note; readonly finish: (note: Note) => Note };

/** What it is when it names somebody's post. null: nothing that could be shown. */
async function passedOn(
  { note, via }: ItemReading,
  isPublic: boolean,
  account: Account,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Passed | "withheld" | null> {
  if (via === null) return note === null ? null : { note, finish: (same) => same };
  const meant = await meantBy(via, store, effects);
  if (meant === null) return attributed(note, via);
  const root = await rootOf(store, meant);
  if (root === null) return isRepeated(note, meant, via) ? "withheld" : words(note);
  // By the operator's word nothing of its author is heard here.
  if (root.suspended === true) {
    return addsNothing(note, root, via) ? "withheld" : attributed(note, via);
  }
  if (isPublic && root.authorKey !== account.key && addsNothing(note, root, via)) return { root };
  return note === null ? null : { note, finish: (own) => quoting(own, root) };
}

/** The words of a limited post do not get out by being repeated, nor is it named. */
function isRepeated(note: Note | null, meant: Live, via: Via): boolean {
  const { activity } = meant;
  return isAbout(activity, "note") && addsNothing(note, { ...meant, activity }, via);
}

function attributed(note: Note | null, via: Via): Passed | null {
  return note === null ? null : { note, finish: (own) => attributing(own, via) };
}

function words(note: Note | null): Passed | null {
  return note === null ? null : { note, finish: (same) => same };
}

/** Pods ask for each picture in five sizes, under names that only we can serve. */
function served(note: Note, effects: BridgeEffects): Written {
  return {
    note: {
      ...note,
      photos: note.photos.map((photo) => ({
        ...photo,
        url: effects.photoAddress(photo.guid, photo.url),
      })),
    },
    photos: note.photos.map((photo) => ({ guid: photo.guid, source: photo.url })),
  };
}
