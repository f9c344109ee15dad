/** Who writes, and where the entries stand, for the tests of both directions. */
import type { Activity, PostActivity } from "../../../src/activitystreams/activity.ts";
import type { LocalPerson, RemotePerson } from "../../../src/activitystreams/person.ts";
import type { Seen } from "../../../src/activitystreams/stream.ts";
import { virtualJid } from "../../../src/activitystreams/virtual-jid.ts";
import type { EntryContext } from "../../../src/pep/entry-frame.ts";
import { NODE_MICROBLOG } from "../../../src/pep/namespaces.ts";
import { diasporaId, localPerson, remotePerson } from "../../support/fixtures.ts";

export const COMPONENT = "dx.example.org";
export const ALICE = remotePerson({
  diasporaId: diasporaId("alice@pod.example"),
  name: "Alice A.",
});
export const CARL = remotePerson({
  diasporaId: diasporaId("carl@other.example:3000"),
  name: "Carl",
});
export const BOB = localPerson();

export function jidOf(person: LocalPerson | RemotePerson): string {
  return "jid" in person ? person.jid : virtualJid(person.diasporaId, COMPONENT);
}

export function contextFor(
  author: LocalPerson | RemotePerson,
  change: Partial<EntryContext> = {},
): EntryContext {
  const jid = jidOf(author);
  return {
    service: jid,
    node: NODE_MICROBLOG,
    component: COMPONENT,
    publisher: jid,
    jidOf,
    jidOfId: (id) => (id === BOB.diasporaId ? BOB.jid : virtualJid(id, COMPONENT)),
    ...change,
  };
}

export function seen<A extends Activity>(
  activity: A,
  author: LocalPerson | RemotePerson = ALICE,
  root?: Seen<PostActivity> | null,
): Seen<A> {
  const { object } = activity;
  const itemId = "guid" in object ? object.guid : "item";
  return { activity, author, itemId, ...(root === undefined ? {} : { root }) };
}
