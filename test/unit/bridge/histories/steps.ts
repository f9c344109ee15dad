/** What people on both sides do, as data: each step with three numbers that choose whom and what. */
import assert from "node:assert/strict";
import type {
  Activity,
  CommentActivity,
  PostActivity,
} from "../../../../src/activitystreams/activity.ts";
import { acceptFollower, withdrawFrom } from "../../../../src/bridge/followers.ts";
import { block, unblock } from "../../../../src/bridge/block.ts";
import { follow, unfollowWholly } from "../../../../src/bridge/follow.ts";
import { subscribeBelow } from "../../../../src/bridge/subscribe.ts";
import { guidNumber, note } from "../../../support/fixtures.ts";
import { NODE, NOW } from "../bench.ts";
import {
  isLocal,
  LOCALS,
  REMOTES,
  type Local,
  type Name,
  type Remote,
  type Thing,
} from "./model.ts";
import { addThing, base, mayRead, tokenOf, type Inbound, type World } from "./world.ts";

export type Numbers = readonly [number, number, number];
type Step = (world: World, numbers: Numbers) => Promise<void>;

const pick = <T>(from: readonly T[], number: number): T | undefined => from[number % from.length];
// Half of all happens between two people: what many share hardly ever meets.
const localOf = (number: number): Local =>
  (number < 50 ? null : LOCALS[number % LOCALS.length]) ?? "bob";
const remoteOf = (number: number): Remote =>
  (number < 50 ? null : REMOTES[number % REMOTES.length]) ?? "alice";

/** From here on the newest is meant. */
const NEWEST = 70;

function thingOf(
  { model }: World,
  number: number,
  which: (thing: Thing) => boolean = () => true,
): Thing | undefined {
  const found = model.things.filter(which);
  return number < NEWEST ? pick(found, number) : found.at(-1);
}

const isPost = ({ kind }: Thing): boolean => kind !== "comment";

async function contact(
  { model, bench, local, remote }: World,
  [l, r]: Numbers,
  verb: "follow" | "unfollow" | "block",
): Promise<void> {
  const [to, from] = [localOf(l), remoteOf(r)];
  model.contact(to, from, verb);
  const object = { type: "person", id: local[to].diasporaId } as const;
  const activity: Activity = { ...base(remote[from]), verb, object, audience: "limited" };
  await bench.receive(activity, remote[from], local[to]);
}

/** It comes, and may come again. */
async function come(world: World, message: Inbound): Promise<void> {
  world.inbound.push(message);
  await world.receive(message);
}

async function localPost(
  world: World,
  [l]: Numbers,
  audience: "public" | "limited",
): Promise<void> {
  const { model, acts, local } = world;
  const author = localOf(l);
  const markdown = tokenOf(model.things.length + 1);
  const readers = audience === "public" ? null : new Set<Name>(model.contactsOf(author));
  await world.attempt(async () => {
    const guid = await acts.post({ jid: local[author].jid, markdown, audience, key: markdown });
    addThing(model, { guid, author, kind: "post", root: null, readers });
  });
}

/** One message for everybody, or one for each reader. */
async function toReaders(
  world: World,
  sender: Remote,
  root: Thing,
  activity: Activity,
): Promise<void> {
  if (root.readers === null) {
    await come(world, { activity, sender });
    return;
  }
  for (const to of LOCALS) if (root.readers.has(to)) await come(world, { activity, sender, to });
}

async function remotePost(
  world: World,
  [r, readers]: Numbers,
  limited: boolean,
  ended = false,
): Promise<void> {
  const author = remoteOf(r);
  const chosen = LOCALS.filter((_, index) => ((readers >> index) & 1) === 1);
  const thing = world.newThing(author, "post", null, limited ? new Set<Name>(chosen) : null);
  if (ended) await endOf(world, thing, author);
  await toReaders(world, author, thing, postOf(world, thing, author));
}

function postOf({ remote }: World, { guid, token, readers }: Thing, author: Remote): PostActivity {
  return {
    ...base(remote[author]),
    verb: "post",
    object: note({ guid, markdown: token }),
    audience: readers === null ? "public" : "limited",
  };
}

/** Nobody says anything about what they cannot see. */
async function only(
  world: World,
  who: Local,
  about: Thing,
  act: () => Promise<unknown>,
): Promise<void> {
  const done = await world.attempt(act);
  assert.ok(!done || (!about.deleted && mayRead(world, about, who)), `${who} ${about.token}`);
}

async function localComment(world: World, [l, t]: Numbers): Promise<void> {
  const { model, acts, local } = world;
  const [author, root] = [localOf(l), thingOf(world, t, isPost)];
  if (root === undefined) return;
  const markdown = tokenOf(model.things.length + 1);
  const act = { jid: local[author].jid, about: root.guid, markdown, key: markdown };
  await only(world, author, root, async () => {
    const guid = await acts.comment(act);
    addThing(model, { guid, author, kind: "comment", root, readers: null });
  });
}

/** Below a local post by its author, below a remote one as the post's author passes it on. */
async function remoteComment(world: World, [r, t]: Numbers, ended = false): Promise<void> {
  const { model, remote } = world;
  const [author, root] = [remoteOf(r), thingOf(world, t, isPost)];
  if (root === undefined || root.deleted) return;
  const toLocal = isLocal(root.author);
  // Refused once, it might be taken when it comes again: that is no replay.
  if (toLocal && (!model.maySee(root, author) || model.areApart(root.author, author))) return;
  const thing = world.newThing(author, "comment", root, null);
  const { guid, token: markdown } = thing;
  if (ended) await endOf(world, thing, author);
  const object = { type: "comment", guid, markdown, inReplyTo: root.guid } as const;
  const activity: CommentActivity = {
    ...base(remote[author]),
    ...{ verb: "post", object, audience: root.readers === null ? "public" : "limited" },
  };
  if (isLocal(root.author)) {
    const to = root.readers === null ? {} : { to: root.author };
    await come(world, { activity, sender: author, ...to });
  } else await toReaders(world, root.author, root, activity);
}

async function like(world: World, [l, t]: Numbers): Promise<void> {
  const about = thingOf(world, t);
  if (about === undefined) return;
  const act = { jid: world.local[localOf(l)].jid, about: about.guid };
  await only(world, localOf(l), about, () => world.acts.like(act));
}

async function share(world: World, [l, t]: Numbers): Promise<void> {
  const { model, acts, local } = world;
  const [author, root] = [localOf(l), thingOf(world, t, isPost)];
  if (root === undefined) return;
  await only(world, author, root, async () => {
    const guid = await acts.share({ jid: local[author].jid, root: root.guid });
    if (model.things.some((one) => one.guid === guid)) return;
    addThing(model, { guid, author, kind: "share", root: null, readers: null });
  });
}

async function remoteShare(world: World, [r, t]: Numbers): Promise<void> {
  const { remote, local } = world;
  const [author, root] = [remoteOf(r), thingOf(world, t, ({ kind }) => kind === "post")];
  if (root === undefined || root.readers !== null || root.deleted) return;
  const { guid } = world.newThing(author, "share", null, null);
  const of = isLocal(root.author) ? local[root.author] : remote[root.author];
  const object = { type: "share", guid, root: { author: of.diasporaId, guid: root.guid } } as const;
  const activity: Activity = { ...base(remote[author]), verb: "share", object, audience: "public" };
  await come(world, { activity, sender: author });
}

let edits = 0;

async function edit(world: World, [t]: Numbers): Promise<void> {
  const { acts, local } = world;
  const thing = thingOf(world, t, ({ kind }) => kind === "post");
  if (thing === undefined) return;
  edits += 1;
  const { author, guid, token, deleted } = thing;
  const markdown = `${token} ${String(edits)}`;
  if (isLocal(author)) {
    await world.attempt(() => acts.edit({ jid: local[author].jid, guid, markdown }));
    return;
  }
  if (deleted) return;
  const edited = new Date(NOW.getTime() - 1e9 + edits);
  const post = postOf(world, thing, author);
  const object = note({ guid, markdown, edited });
  await toReaders(world, author, thing, { ...post, object });
}

/** By its author, or by the author of the post above it. */
async function remove(
  world: World,
  [t, by]: Numbers,
  which: (thing: Thing) => boolean = () => true,
): Promise<void> {
  const { model, acts, local } = world;
  const thing = thingOf(world, t, which);
  if (thing === undefined || thing.deleted) return;
  const { author, root, guid } = thing;
  const who = by % 3 === 0 ? root.author : author;
  if (!isLocal(who)) await endOf(world, thing, who);
  else if (await world.attempt(() => acts.retract({ jid: local[who].jid, guid }))) {
    model.remove(thing);
  }
}

/** A remote person's word that it is gone, which may come before the thing itself. */
async function endOf(world: World, thing: Thing, who: Remote): Promise<void> {
  const { model, remote } = world;
  const { root, guid } = thing;
  const targetType = thing.kind === "comment" ? "Comment" : "Post";
  const audience = root.readers === null ? "public" : "limited";
  const object = { type: "tombstone", guid, targetType } as const;
  const activity: Activity = { ...base(remote[who]), verb: "delete", object, audience };
  if (isLocal(root.author)) await come(world, { activity, sender: who, to: root.author });
  // Of what others say below a remote post its author tells.
  else await toReaders(world, root.author, root, { ...activity, ...base(remote[root.author]) });
  const isHeard = isLocal(root.author) || root.readers === null || hasLocal(root.readers);
  if (isHeard) model.remove(thing);
}

function hasLocal(readers: ReadonlySet<Name>): boolean {
  return LOCALS.some((name) => readers.has(name));
}

async function again(world: World, [i, many]: Numbers): Promise<void> {
  for (let turn = 0; turn <= many % 4; turn += 1) {
    const message = pick(world.inbound, i + turn * 7);
    if (message !== undefined) await world.receive(message);
  }
}

async function watch(world: World, [l, t]: Numbers): Promise<void> {
  const { bench, local } = world;
  const post = thingOf(world, t, isPost)?.guid ?? guidNumber(1);
  const at = { type: "comments", post } as const;
  await world.attempt(() => subscribeBelow(local[localOf(l)].jid, at, bench.store, bench.effects));
}

async function followOne(world: World, [l, r, by]: Numbers): Promise<void> {
  const { bench, model, local, remote } = world;
  const [who, whom] = [localOf(l), remoteOf(r)];
  const way = by % 2 === 0 ? "pubsub" : "presence";
  const act = { jid: local[who].jid, id: remote[whom].diasporaId, node: NODE, by: way } as const;
  const done = await world.attempt(() => follow(act, bench.store, bench.effects));
  if (done !== model.follow(who, whom)) throw new Error("only who blocked cannot follow");
}

async function unfollowOne(world: World, [l, r]: Numbers): Promise<void> {
  const { bench, model, local, remote } = world;
  const [who, whom] = [localOf(l), remoteOf(r)];
  const act = { jid: local[who].jid, id: remote[whom].diasporaId, node: NODE };
  await world.attempt(() => unfollowWholly(act, bench.store, bench.effects));
  model.unfollow(who, whom);
}

/** An act of a local person about a remote one. */
function about(
  act: (world: World, jid: World["local"]["bob"]["jid"], id: KnownId) => Promise<unknown>,
  note: (world: World, local: Local, remote: Remote) => void,
): Step {
  return async (world, [l, r]) => {
    const [who, whom] = [localOf(l), remoteOf(r)];
    await world.attempt(() => act(world, world.local[who].jid, world.remote[whom].diasporaId));
    note(world, who, whom);
  };
}

type KnownId = World["remote"]["alice"]["diasporaId"];

export const STEPS: Readonly<Record<string, Step>> = {
  share: (world, numbers) => contact(world, numbers, "follow"),
  unshare: (world, numbers) => contact(world, numbers, "unfollow"),
  shutOut: (world, numbers) => contact(world, numbers, "block"),
  follow: followOne,
  unfollow: unfollowOne,
  block: about(
    ({ bench }, jid, id) => block(jid, id, bench.store, bench.effects),
    ({ model }, local, remote) => {
      model.block(local, remote);
    },
  ),
  unblock: about(
    ({ bench }, jid, id) => unblock(jid, id, bench.store, bench.effects),
    ({ model }, local, remote) => {
      model.unblock(local, remote);
    },
  ),
  accept: about(
    ({ bench }, jid, id) => acceptFollower(jid, id, bench.store),
    ({ model }, local, remote) => {
      model.accept(local, remote);
    },
  ),
  withdraw: about(
    ({ bench }, jid, id) => withdrawFrom(jid, id, bench.store),
    ({ model }, local, remote) => {
      model.withdraw(local, remote);
    },
  ),
  postPublic: (world, numbers) => localPost(world, numbers, "public"),
  postLimited: (world, numbers) => localPost(world, numbers, "limited"),
  comesPublic: (world, numbers) => remotePost(world, numbers, false),
  comesLimited: (world, numbers) => remotePost(world, numbers, true),
  comment: localComment,
  commentComes: (world, numbers) => remoteComment(world, numbers),
  endComesFirst: (world, numbers) => remotePost(world, numbers, numbers[2] % 2 === 0, true),
  commentsEndComesFirst: (world, numbers) => remoteComment(world, numbers, true),
  like,
  reshare: share,
  reshareComes: remoteShare,
  edit,
  remove: (world, numbers) => remove(world, numbers),
  removePost: (world, numbers) => remove(world, numbers, isPost),
  again,
  watch,
  deliver: (world, [which]) =>
    world.deliver((address) => which % 3 === 0 || address.length % 2 === which % 2),
};
