/** The nodes of a component on ports in memory: what there is, and what was done. */
import type {
  CommentActivity,
  OpinionActivity,
  Profile,
  PostActivity,
} from "../../../../src/activitystreams/activity.ts";
import type { Guid, Jid } from "../../../../src/activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../../../../src/activitystreams/person.ts";
import type {
  Page,
  PageQuery,
  Seen,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../../../../src/activitystreams/stream.ts";
import { pageOfList } from "../../../../src/pep/nodes/list-page.ts";
import { createNodes } from "../../../../src/pep/nodes/nodes.ts";
import type { PepPorts } from "../../../../src/pep/ports.ts";
import { profileReads, type PersonPicture } from "../../../../src/pep/profile-reads.ts";
import { createPubsubService, type PubsubService } from "../../../../src/pep/pubsub/service.ts";
import { DxError, isDxError } from "../../../../src/errors/error.ts";
import { readXml } from "../../../../src/xml/reader.ts";
import { serialise } from "../../../../src/xml/serialise.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  remotePerson,
  remotePost,
} from "../../../support/fixtures.ts";
import { conditionsOf } from "../pubsub/support.ts";

export const COMPONENT = jid("dx.example.org");
export const ALICE_JID = jid("alice\\40pod.example@dx.example.org");
export const ALICE = remotePerson({ diasporaId: diasporaId("alice@pod.example"), name: "Alice" });
export const CAROL = remotePerson({ diasporaId: diasporaId("carol@pod.example"), name: "Carol" });
export const BOB = localPerson({ jid: jid("bob@example.org") });
export const EVE = localPerson({ jid: jid("eve@example.org") });
export const POST = guidNumber(1);

export function post(
  number: number,
  author: RemotePerson | LocalPerson = ALICE,
): Seen<PostActivity> {
  const guid = guidNumber(number);
  return { activity: remotePost({ guid }), author, itemId: guid };
}

export function comment(
  number: number,
  author: RemotePerson | LocalPerson,
  itemId?: string,
): SeenReply {
  const guid = guidNumber(number);
  const activity: CommentActivity = {
    ...remotePost(),
    verb: "post",
    object: { type: "comment", guid, markdown: "Yes", inReplyTo: POST },
  };
  return { activity, author, itemId: itemId ?? guid };
}

export function like(
  number: number,
  author: RemotePerson | LocalPerson,
  about: Guid = POST,
): SeenReply & SeenAttachment {
  const guid = guidNumber(number);
  const activity: OpinionActivity = {
    ...remotePost(),
    verb: "like",
    object: { type: "opinion", guid, about: { type: "post", guid: about } },
  };
  return { activity, author, itemId: guid };
}

/** Newest first, each of them. */
export interface World {
  readonly posts?: readonly SeenPost[];
  readonly hosted?: readonly SeenPost[];
  readonly replies?: readonly SeenReply[];
  readonly above?: {
    readonly author: RemotePerson | LocalPerson;
    readonly audience: "public" | "limited";
  };
  /** Who may see the post of the replies, when it is limited. */
  readonly readers?: readonly Jid[];
  readonly attachments?: Readonly<Record<string, readonly SeenAttachment[]>>;
  readonly profile?: Profile;
  readonly picture?: PersonPicture;
  readonly ports?: Partial<PepPorts>;
}

export interface Bench {
  readonly service: PubsubService;
  readonly done: unknown[][];
  ask(
    type: "get" | "set",
    inner: string,
    from?: { asker?: Jid; service?: Jid; ns?: string },
  ): Promise<string>;
}

export const ATOM = "http://www.w3.org/2005/Atom";
export const ATTACHMENTS = "urn:xmpp:pubsub-attachments:1";
export const SUMMARY = "urn:xmpp:pubsub-attachments:summary:1";

export function bench(world: World = {}): Bench {
  const done: unknown[][] = [];
  const ports = { ...portsOf(world, done), ...world.ports };
  const service = createPubsubService({
    nodes: createNodes({ component: COMPONENT, ports }),
    effects: { newItemId: () => "made-here" },
  });
  return {
    service,
    done,
    ask: async (type, inner, from = {}) => {
      const { asker = BOB.jid, service: address = ALICE_JID, ns } = from;
      const pubsub = readXml(
        `<pubsub xmlns="${ns ?? "http://jabber.org/protocol/pubsub"}">${inner}</pubsub>`,
      );
      try {
        const answer = await service.answer({ service: address, asker, type, pubsub });
        return answer === null ? "" : serialise(answer);
      } catch (error) {
        if (!isDxError(error)) throw error;
        return conditionsOf(error);
      }
    },
  };
}

function portsOf(world: World, done: unknown[][]): PepPorts {
  const note =
    (name: string) =>
    (...given: unknown[]): Promise<void> => {
      done.push([name, ...given]);
      return Promise.resolve();
    };
  const shown: Pick<PepPorts, "stream" | "subscribers"> = {
    stream: (person, _reader, query) =>
      paged(person === ALICE.diasporaId ? world.posts : undefined, query),
    subscribers: () => Promise.resolve([EVE.jid]),
  };
  return {
    ...shown,
    ...profileReads({
      ...shown,
      component: COMPONENT,
      profile: () =>
        Promise.resolve(world.profile === undefined ? null : { profile: world.profile }),
      picture: () => Promise.resolve(world.picture ?? null),
      follows: () => Promise.resolve([EVE.jid]),
      movedTo: () => Promise.resolve(CAROL.diasporaId),
    }),
    hosted: (owner, _reader, query) =>
      paged(owner.startsWith("dave") ? undefined : world.hosted, query),
    thread: async (guid, reader, query) => {
      const { above = { author: ALICE, audience: "public" }, replies, readers } = world;
      const visible = readers === undefined || readers.includes(reader);
      const page = await paged(guid === POST && visible ? replies : undefined, query);
      return page && { above: { guid, comments: null, ...above }, page };
    },
    attachments: (about) => {
      const attachments = world.attachments?.[about];
      return Promise.resolve(attachments === undefined ? null : { attachments });
    },
    isSubscribed: () => Promise.resolve(true),
    subscribedTo: (_reader, person) =>
      Promise.resolve(
        person === null
          ? [
              { type: "comments", post: POST },
              { type: "hosted", owner: EVE.jid },
            ]
          : [{ type: "posts", person }],
      ),
    subscribe: note("subscribe"),
    unsubscribe: note("unsubscribe"),
    comment: ({ payload, ...item }) => note("comment")({ ...item, payload: payload.local }),
    attach: ({ payload, ...item }) => note("attach")({ ...item, payload: payload?.local ?? null }),
    retract: note("retract"),
    unlike: note("unlike"),
  };
}

function paged<T extends { readonly itemId: string }>(
  list: readonly T[] | undefined,
  query: PageQuery,
): Promise<Page<T> | null> {
  if (list === undefined) return Promise.resolve(null);
  const named = list.map((seen) => ({ id: seen.itemId, seen }));
  const page = pageOfList(named, query);
  return Promise.resolve({ ...page, items: page.items.map(({ seen }) => seen) });
}

export function refuse(code: ConstructorParameters<typeof DxError>[0]): () => Promise<never> {
  return () => Promise.reject(new DxError(code));
}
