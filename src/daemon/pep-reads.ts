/** What the pubsub nodes show, out of the store: each reader sees what is for them. */
import { bareJid, parseGuid, type DiasporaId, type Jid } from "../activitystreams/ids.ts";
import { refuseGone } from "../bridge/contact.ts";
import { commentsNode, hostedNode, POSTS_NODE } from "../bridge/nodes.ts";
import type { PepReads, Readable } from "../pep/ports.ts";
import { profileReads } from "../pep/profile-reads.ts";
import { guarded } from "../store/database.ts";
import { isSubscribed, listedSubscribers, subscriptionsOf } from "../store/subscriptions.ts";
import type { Avatars } from "../media/avatars.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

export interface PepReadsOptions {
  /** The component's domain. */
  readonly domain: Jid;
  readonly rules: Rules;
  readonly storage: Storage;
  readonly avatars: Avatars;
}

/** Of one list. */
const MAX_LISTED = 500;

export function createPepReads(options: PepReadsOptions): PepReads {
  const { domain, rules, storage, avatars } = options;
  const { store } = rules;
  const shown: Pick<PepReads, "stream" | "subscribers"> = {
    async stream(id, reader, query) {
      if ((await visited(options, reader, id)) === null) return null;
      return (await rules.readStream(id, reader, query))?.page ?? null;
    },
    async subscribers(at) {
      const key = await keyOf(options, at);
      if (key === null) return [];
      return await guarded(() =>
        listedSubscribers(storage.db, key.personKey, key.node, MAX_LISTED),
      );
    },
  };
  return {
    ...shown,
    ...profileReads({
      ...shown,
      component: domain,
      async profile(id, reader) {
        const person = await visited(options, reader, id);
        if (person === null) return null;
        const account = await store.accountByJid(reader);
        const profile = await store.profileOf(person, account?.key ?? null);
        return { profile, url: `${person.podUrl}people/${person.guid}` };
      },
      async picture(id) {
        const person = await store.remoteById(id);
        return person === null ? null : await avatars.of(person);
      },
      // Whom somebody on a pod follows is told to nobody but those who are followed.
      follows: () => Promise.resolve([]),
      movedTo: (id) => store.movedTo(id),
    }),
    hosted: async (owner, reader, query) =>
      (await rules.readHosted(owner, reader, query))?.page ?? null,
    thread: rules.readThread,
    attachments: rules.readAttachments,
    async isSubscribed(reader, at) {
      const key = await keyOf(options, at);
      if (key === null) return false;
      return await guarded(() => isSubscribed(storage.db, key.personKey, key.node, reader));
    },
    async subscribedTo(reader, id) {
      const person = id === null ? null : await store.remoteById(id);
      if (id !== null && person === null) return [];
      const found = await guarded(() => subscriptionsOf(storage.db, reader, person?.key ?? null));
      return found.flatMap((one) => readableOf(one, id));
    },
  };
}

/** Only those who have opted in make the gateway look for people; others see who is known. */
export async function visited(
  { rules }: Pick<PepReadsOptions, "rules">,
  reader: Jid,
  id: DiasporaId,
): ReturnType<Rules["store"]["remoteById"]> {
  const known = await rules.store.remoteById(id);
  if (known?.standing === "suspend") return null;
  if (known !== null) return known;
  await refuseGone(id, rules.store);
  if ((await rules.store.accountByJid(reader)) === null) return null;
  return await rules.findRemote(id);
}

async function keyOf(
  { rules: { store } }: PepReadsOptions,
  at: Readable,
): Promise<{ readonly personKey: string; readonly node: string } | null> {
  if (at.type === "posts") {
    const person = await store.remoteById(at.person);
    return person === null ? null : { personKey: person.key, node: POSTS_NODE };
  }
  if (at.type === "hosted") {
    const owner = await store.accountByJid(at.owner);
    return owner === null ? null : { personKey: owner.key, node: hostedNode(at.owner) };
  }
  const post = await store.findActivity(at.post);
  return post === null ? null : { personKey: post.authorKey, node: commentsNode(at.post) };
}

const COMMENTS = `${POSTS_NODE}:comments/`;
const HOSTED = /^\/user\/(.+)\/posts$/;

/** Posts are at their author; what is below them, and what we hold ourselves, at the component. */
function readableOf(
  { person, node }: { readonly person: DiasporaId; readonly node: string },
  asked: DiasporaId | null,
): Readable[] {
  if (asked !== null) return node === POSTS_NODE ? [{ type: "posts", person }] : [];
  const post = node.startsWith(COMMENTS) ? parseGuid(node.slice(COMMENTS.length)) : null;
  if (post !== null) return [{ type: "comments", post }];
  const owner = bareJid(HOSTED.exec(node)?.[1] ?? "");
  return owner === null ? [] : [{ type: "hosted", owner }];
}
