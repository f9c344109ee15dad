/** People who say things to each other, in a store. */
import assert from "node:assert/strict";
import type {
  Activity,
  Actor,
  CommentActivity,
  Note,
  OpinionActivity,
  PostActivity,
  ShareActivity,
} from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { insertActivity, addAudience, type ActivityFacts } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  insertLocal,
  rememberRemote,
  type StoredLocal,
  type StoredRemote,
} from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  note,
  remotePerson,
} from "../../support/fixtures.ts";

export const NODE = "urn:xmpp:microblog:0";
export const vault = createVault("a key for tests");

type Person = StoredLocal | StoredRemote;

export function actorOf(person: Person): Actor {
  return "jid" in person
    ? { network: "xmpp", id: person.jid, name: person.name }
    : { network: "diaspora", id: person.diasporaId, name: person.name };
}

export interface Said<A extends Activity = Activity> {
  readonly id: string;
  readonly guid: Guid;
  readonly activity: A;
}

interface More {
  readonly audience?: Activity["audience"];
  readonly at?: Date;
  readonly facts?: ActivityFacts;
  /** Who may see it, of what is limited. */
  readonly to?: readonly Person[];
}

let said = 0;

export async function social(db: Database) {
  const local = (name: string) =>
    insertLocal(db, vault, localPerson({ jid: jid(`${name}@example.org`), name }));
  const remote = (name: string, pod = "pod.example") =>
    rememberRemote(
      db,
      remotePerson({ diasporaId: diasporaId(`${name}@${pod}`), podUrl: `https://${pod}/` }),
    );

  async function keep<A extends Activity>(
    guid: Guid,
    author: Person,
    activity: A,
    { facts = {}, to = [] }: More,
  ): Promise<Said<A>> {
    const id = await insertActivity(db, guid, author.key, activity, facts);
    assert.ok(id !== null, "the GUID was free");
    for (const reader of to) await addAudience(db, id, reader.key);
    return { id, guid, activity };
  }

  const base = (author: Person, { audience, at, to }: More) => ({
    actor: actorOf(author),
    audience: audience ?? (to === undefined ? ("public" as const) : ("limited" as const)),
    published: at ?? new Date(Date.UTC(2026, 0, 1, 0, 0, said)),
  });

  const fresh = (): Guid => guidNumber(0x5a1d_0000 + (said += 1));

  return {
    alice: await remote("alice"),
    carol: await remote("carol", "other.example"),
    bob: await local("bob"),
    eve: await local("eve"),
    local,
    remote,
    fresh,
    keep,
    async post(author: Person, object: Partial<Note> = {}, more: More = {}) {
      const guid = object.guid ?? fresh();
      const activity: PostActivity = {
        ...base(author, more),
        verb: "post",
        object: note({ ...object, guid }),
      };
      return await keep(guid, author, activity, more);
    },
    async comment(author: Person, post: Said, more: More = {}) {
      const guid = fresh();
      const activity: CommentActivity = {
        ...base(author, { ...more, audience: post.activity.audience }),
        verb: "post",
        object: { type: "comment", guid, markdown: "Indeed", inReplyTo: post.guid },
      };
      const facts = { aboveGuid: post.guid, rootGuid: post.guid, ...more.facts };
      return await keep(guid, author, activity, { ...more, facts });
    },
    async like(author: Person, about: Said, root: Said = about, more: More = {}) {
      const guid = fresh();
      const type = about.activity.object.type === "comment" ? "comment" : "post";
      const activity: OpinionActivity = {
        ...base(author, { ...more, audience: root.activity.audience }),
        verb: "like",
        object: { type: "opinion", guid, about: { type, guid: about.guid } },
      };
      const facts = { aboveGuid: about.guid, rootGuid: root.guid, ...more.facts };
      return await keep(guid, author, activity, { ...more, facts });
    },
    async share(author: Person, root: Said, of: Person, more: More = {}) {
      const guid = fresh();
      const activity: ShareActivity = {
        ...base(author, more),
        verb: "share",
        object: { type: "share", guid, root: { author: of.diasporaId, guid: root.guid } },
      };
      return await keep(guid, author, activity, { ...more, facts: { aboveGuid: root.guid } });
    },
    async retract(author: Person, target: Said, more: More = {}) {
      const targetType = target.activity.object.type === "comment" ? "Comment" : "Post";
      const activity: Activity = {
        ...base(author, { ...more, audience: target.activity.audience }),
        verb: "delete",
        object: { type: "tombstone", guid: target.guid, targetType },
      };
      return await keep(fresh(), author, activity, more);
    },
  };
}

export type Social = Awaited<ReturnType<typeof social>>;
