/** A post, people around it, and what is said below it. */
import type {
  Activity,
  AttendanceActivity,
  CommentActivity,
  OpinionActivity,
  Question,
  VoteActivity,
} from "../../../src/activitystreams/activity.ts";
import type { Acts } from "../../../src/activitystreams/acts.ts";
import type { DestinationKind, PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { createActs } from "../../../src/bridge/acts.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { bridgeBench, NOW, subscribe, wordsOf, type Bench } from "./bench.ts";

export interface Thread extends AsyncDisposable {
  readonly bench: Bench;
  readonly acts: Omit<Acts, "send">;
  /** Of the XMPP side; `dave` reads alice, in his feed. */
  readonly bob: Account;
  readonly dave: Account;
  /** Of pod.example, which bob reads. */
  readonly alice: KnownPerson;
  /** Of other.example, who reads bob. */
  readonly carol: KnownPerson;
  /** Nothing waits any more, and it counts as delivered. */
  settle(): Promise<void>;
  /** What waits for each address of this kind, in words. */
  sent(kind: DestinationKind): Promise<Record<string, string[]>>;
}

export const ALICES_POD = "https://pod.example/";
export const CAROLS_POD = "https://other.example/";

export async function threadBench(): Promise<Thread> {
  const bench = await bridgeBench();
  const bob = await bench.account();
  const dave = await bench.account("dave@example.org");
  const alice = await bench.remote();
  const carol = await bench.remote("carol@other.example", CAROLS_POD);
  await subscribe(bench, alice, dave.jid);
  await bench.store.transaction(async (tx) => {
    await tx.changeRelationship(bob.key, alice.key, { following: true });
    await tx.changeRelationship(bob.key, carol.key, { sharing: true });
  });
  return {
    bench,
    acts: createActs(bench.store, bench.effects),
    bob,
    dave,
    alice,
    carol,
    async settle() {
      await bench.db.raw(
        `insert into ledger (activity_id, destination_id, outcome)
         select d.activity_id, d.destination_id, 'delivered' from deliveries d
         join destinations t on t.id = d.destination_id
         where d.activity_id is not null and t.kind in ('pod', 'person')
         on conflict do nothing`,
      );
      await bench.deliverAll();
    },
    async sent(kind) {
      const entries: [string, string[]][] = [];
      for (const address of await bench.addresses(kind)) {
        entries.push([address, wordsOf(await bench.waiting(kind, address))]);
      }
      return Object.fromEntries(entries);
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

/** The two may write limited posts to each other. */
export async function befriend(
  { bench }: Thread,
  local: Account,
  remote: KnownPerson,
): Promise<void> {
  await bench.store.transaction(async (tx) => {
    await tx.changeRelationship(local.key, remote.key, { following: true, sharing: true });
  });
  await bench.db.raw(
    "update relationships set presence = 'granted' where local_id = ? and remote_id = ?",
    [local.key, remote.key],
  );
}

export function said(by: KnownPerson): Pick<CommentActivity, "actor" | "audience" | "published"> {
  const actor = { network: "diaspora", id: by.diasporaId, name: by.name } as const;
  return { actor, audience: "public", published: NOW };
}

export function commentBy(
  by: KnownPerson,
  inReplyTo: Guid,
  guid: Guid,
  markdown = "a comment",
  edited?: Date,
): CommentActivity {
  const changed = edited === undefined ? {} : { edited };
  const object = { type: "comment", guid, markdown, inReplyTo, ...changed } as const;
  return { ...said(by), verb: "post", object };
}

export function likeBy(
  by: KnownPerson,
  about: Guid,
  guid: Guid,
  type: "post" | "comment" = "post",
): OpinionActivity {
  return {
    ...said(by),
    verb: "like",
    object: { type: "opinion", guid, about: { type, guid: about } },
  };
}

export const QUESTION: Question = {
  guid: guidNumber(0x9999),
  question: "Tea?",
  answers: [
    { guid: guidNumber(0x9991), text: "yes" },
    { guid: guidNumber(0x9992), text: "no" },
  ],
};

export function voteBy(by: KnownPerson, guid: Guid, answer = guidNumber(0x9991)): VoteActivity {
  return {
    ...said(by),
    verb: "vote",
    object: { type: "vote", guid, question: QUESTION.guid, answer },
  };
}

export const EVENT = {
  type: "event",
  guid: guidNumber(0x8888),
  summary: "Tea",
  start: new Date("2026-06-01T15:00:00Z"),
  allDay: false,
} as const;

export function answerBy(
  by: KnownPerson,
  guid: Guid,
  verb: AttendanceActivity["verb"],
  edited?: Date,
): AttendanceActivity {
  const changed = edited === undefined ? {} : { edited };
  return { ...said(by), verb, object: { type: "attendance", guid, event: EVENT.guid, ...changed } };
}

export function takeBack(by: KnownPerson, guid: Guid, targetType = "Comment"): Activity {
  return { ...said(by), verb: "delete", object: { type: "tombstone", guid, targetType } };
}

/** The form that a delivery has on its way: who signs, who seals, whether it is another's words. */
export function envelopes(pending: readonly PendingDelivery[]): object[] {
  return pending.map(({ content }) => {
    if (content.type === "signal") return {};
    const { author, sealer, relay } = content;
    return { by: author.diasporaId, sealer: sealer?.diasporaId ?? null, relay };
  });
}

/** A post of Bob, who is here. */
export async function withBobs(
  thread: Thread,
  audience: "public" | "limited" = "public",
): Promise<Guid> {
  const guid = await thread.acts.post({
    jid: thread.bob.jid,
    markdown: "mine",
    audience,
    key: "1",
  });
  await thread.settle();
  return guid;
}
