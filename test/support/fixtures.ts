/** Names, people and posts for tests, as their parsers give them. */
import assert from "node:assert/strict";
import type { Activity, Note, PostActivity } from "../../src/activitystreams/activity.ts";
import type { ActivityContent } from "../../src/activitystreams/delivery.ts";
import {
  bareJid,
  parseDiasporaId,
  parseGuid,
  userOf,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../../src/activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../../src/activitystreams/person.ts";

export function guid(text: string): Guid {
  const parsed = parseGuid(text);
  assert.ok(parsed !== null, `no guid: ${text}`);
  return parsed;
}

/** 32 hexadecimal digits that begin with this number. */
export function guidNumber(number: number): Guid {
  return guid(number.toString(16).padStart(8, "0").padEnd(32, "a"));
}

export function diasporaId(text: string): DiasporaId {
  const parsed = parseDiasporaId(text);
  assert.ok(parsed !== null, `no diaspora* ID: ${text}`);
  return parsed;
}

export function jid(text: string): Jid {
  const parsed = bareJid(text);
  assert.ok(parsed !== null, `no JID: ${text}`);
  return parsed;
}

export type NewLocal = LocalPerson & { readonly privateKeyPem: string };

let people = 0;

/** Somebody with a guid of their own; the keys are words, not keys. */
export function localPerson(changes: Partial<NewLocal> = {}): NewLocal {
  people += 1;
  const address = changes.jid ?? jid("bob@example.org");
  return {
    jid: address,
    diasporaId: diasporaId(address),
    guid: guidNumber(0xb0b000 + people),
    name: "Bob",
    publicKeyPem: `public key ${String(people)}`,
    privateKeyPem: `private key ${String(people)}`,
    ...changes,
  };
}

export function remotePerson(changes: Partial<RemotePerson> = {}): RemotePerson {
  people += 1;
  const id = changes.diasporaId ?? diasporaId("alice@pod.example");
  return {
    diasporaId: id,
    guid: guidNumber(0xa11ce000 + people),
    publicKeyPem: `public key ${String(people)}`,
    podUrl: "https://pod.example/",
    name: userOf(id),
    ...changes,
  };
}

export function note(changes: Partial<Note> = {}): Note {
  return {
    type: "note",
    guid: guidNumber(1),
    markdown: "Hello",
    tags: [],
    photos: [],
    ...changes,
  };
}

export function remotePost(
  object: Partial<Note> = {},
  changes: Partial<PostActivity> = {},
): PostActivity {
  return {
    verb: "post",
    actor: { network: "diaspora", id: diasporaId("alice@pod.example"), name: "alice" },
    object: note(object),
    audience: "public",
    published: new Date("2026-01-02T03:04:05Z"),
    ...changes,
  };
}

/** As it waits to go out, its author's own. */
export function contentOf(
  activity: Activity,
  author: LocalPerson | RemotePerson,
  changes: Partial<ActivityContent> = {},
): ActivityContent {
  return {
    type: "activity",
    activityId: "1",
    activity,
    author,
    itemId: "guid" in activity.object ? activity.object.guid : guidNumber(1),
    root: null,
    above: null,
    sealer: null,
    relay: null,
    ...changes,
  };
}
