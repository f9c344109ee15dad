/** Steps of transcripts on the side of the federation: what people on pods say, what their pods get. */
import assert from "node:assert/strict";
import { pause, until } from "./e2e-client.ts";
import { ourPerson, shareWith, toldTo } from "./e2e-posts.ts";
import { BASE } from "./e2e-world.ts";
import { seal } from "./peer-envelope.ts";
import { accountDeletion, contact, newGuid, retraction, statusMessage } from "./peer-messages.ts";
import { accountMigration } from "./peer-migration.ts";
import type { PeerPerson } from "./peer-person.ts";
import { comment, conversation, like, message, profile, type Said } from "./peer-relayables.ts";
import { postPrivate, postPublic } from "./peer.ts";
import { pairsIn, personOf, wordsOf } from "./transcript-client.ts";
import { fits, type Values } from "./transcript-match.ts";
import { actorOf, QUIET_MS, type Play, type StepKind } from "./transcript-stage.ts";

const PATIENCE_MS = 30_000;

export const podSteps: readonly StepKind[] = [
  {
    pattern: /^(\w+) shares with (\w+)$/,
    run: (play, [who = "", whom = ""]) =>
      shareWith(play.world, personOf(play, who), actorOf(play, whom).client),
  },
  {
    pattern: /^(\w+) stops sharing with (\w+)$/,
    run: (play, [who = "", whom = ""]) =>
      privately(play, who, whom, (author, id) => contact(author, id, "stop")),
  },
  {
    pattern: /^(\w+) posts \{(\w+)\}$/,
    run: async (play, [who = "", name = ""], body) => {
      const author = personOf(play, who);
      const guid = named(play, name, author);
      // Times of the federation are whole seconds: what is edited at once would not be newer.
      const words = { guid, text: wordsOf(body), createdAt: new Date(Date.now() - 5_000) };
      await publicly(play, author, statusMessage(author, words));
    },
  },
  {
    pattern: /^(\w+) posts \{(\w+)\} to (\w+)$/,
    run: async (play, [who = "", name = "", whom = ""], body) => {
      const guid = named(play, name, personOf(play, who));
      await privately(play, who, whom, (author) =>
        statusMessage(author, { guid, text: wordsOf(body), public: false }),
      );
    },
  },
  {
    pattern: /^(\w+) comments on \{(\w+)\} with \{(\w+)\}$/,
    run: (play, [who = "", above = "", name = ""], body) =>
      relayed(play, who, above, name, (author, guid) => comment(author, guid, wordsOf(body))),
  },
  {
    pattern: /^(\w+) likes \{(\w+)\} with \{(\w+)\}$/,
    run: (play, [who = "", above = "", name = ""]) => relayed(play, who, above, name, like),
  },
  {
    pattern: /^(\w+) takes the (Post|Comment|Like) \{(\w+)\} back$/,
    run: async (play, [who = "", type = "", name = ""]) => {
      const author = personOf(play, who);
      await publicly(play, author, retraction(author, valueOf(play, name), type));
    },
  },
  {
    pattern: /^(\w+) writes to (\w+) about "(.+)" \{(\w+)\}$/,
    run: async (play, [who = "", whom = "", subject = "", name = ""], body) => {
      const guid = named(play, name, personOf(play, who));
      await privately(play, who, whom, (author, id) => {
        const about = { guid, subject, participants: [author.id, id] };
        return conversation(author, about, wordsOf(body)).payload;
      });
    },
  },
  {
    pattern: /^(\w+) answers (\w+) in \{(\w+)\}$/,
    run: (play, [who = "", whom = "", name = ""], body) =>
      privately(
        play,
        who,
        whom,
        (author) => message(author, valueOf(play, name), wordsOf(body)).payload,
      ),
  },
  {
    pattern: /^(\w+) tells (\w+) the profile$/,
    run: (play, [who = "", whom = ""], body) =>
      privately(play, who, whom, (author) => profile(author, Object.fromEntries(pairsIn(body)))),
  },
  {
    pattern: /^(\w+) posts \{(\w+)\} edited$/,
    run: async (play, [who = "", name = ""], body) => {
      const author = personOf(play, who);
      const post = { guid: valueOf(play, name), text: wordsOf(body), editedAt: new Date() };
      await publicly(play, author, statusMessage(author, post));
    },
  },
  {
    pattern: /^(\w+) leaves the federation$/,
    run: async (play, [who = ""]) => {
      const author = personOf(play, who);
      await publicly(play, author, accountDeletion(author));
    },
  },
  {
    pattern: /^(\w+) moves to (\w+)(, signed by \w+)?$/,
    run: async (play, [who = "", whom = "", by = ""]) => {
      const [author, next] = [personOf(play, who), personOf(play, whom)];
      const signer = by === "" ? next : personOf(play, by.slice(", signed by ".length));
      await publicly(play, author, accountMigration(author, next, signer));
    },
  },
  {
    pattern: /^(\w+)'s pod receives$/,
    run: (play, [who = ""], body) => podReceives(play, personOf(play, who), body),
  },
  {
    pattern: /^(\w+)'s pod does not receive$/,
    run: async (play, [who = ""], body) => {
      await pause(QUIET_MS);
      const found = await matching(play, personOf(play, who), pairsIn(body));
      assert.equal(found, null, "it came");
    },
  },
  {
    pattern: /^(\w+)'s pod has received it once$/,
    run: async (play, [who = ""], body) => {
      await pause(QUIET_MS);
      const wanted = pairsIn(body);
      const all = (await toldTo(play.world.peer, personOf(play, who))).filter((got) =>
        wanted.every(([key, value]) => fits(value, got.get(key) ?? "", new Map(play.values))),
      );
      assert.equal(all.length, 1);
    },
  },
];

/** A new GUID under this name, of what this person says. */
export function named(play: Play, name: string, author: PeerPerson): string {
  const guid = newGuid();
  play.values.set(name, guid);
  play.authors.set(guid, author);
  return guid;
}

function valueOf(play: Play, name: string): string {
  const value = play.values.get(name);
  assert.ok(value !== undefined, `{${name}} is not known yet`);
  return value;
}

export async function publicly(play: Play, sender: PeerPerson, payload: string): Promise<void> {
  const answer = await postPublic(play.world.peer, BASE, seal(payload, sender));
  assert.equal(answer.status, 202);
}

async function privately(
  play: Play,
  who: string,
  whom: string,
  payload: (author: PeerPerson, id: string) => string,
): Promise<void> {
  const { peer } = play.world;
  const author = personOf(play, who);
  const me = await ourPerson(peer, actorOf(play, whom).client);
  assert.equal((await postPrivate(peer, me, payload(author, me.id), author)).status, 202);
}

/** The pod of the post's author passes on what is said below it; an answer to one of ours comes directly. */
async function relayed(
  play: Play,
  who: string,
  above: string,
  name: string,
  say: (author: PeerPerson, guid: string) => Said,
): Promise<void> {
  const author = personOf(play, who);
  const root = valueOf(play, above);
  const { guid, payload } = say(author, root);
  play.values.set(name, guid);
  await publicly(play, play.authors.get(root) ?? author, payload);
}

async function podReceives(play: Play, person: PeerPerson, body: string): Promise<void> {
  const wanted = pairsIn(body);
  const found = await until("", () => matching(play, person, wanted), PATIENCE_MS).catch(
    () => null,
  );
  if (found !== null) {
    for (const [name, value] of found) play.values.set(name, value);
    return;
  }
  const seen = await toldTo(play.world.peer, person);
  const lines = seen.map((got) => [...got].map(([key, value]) => `${key}: ${value}`).join(", "));
  throw new Error(`it did not come; what came:\n${lines.join("\n")}`);
}

/** What would be bound; null when nothing fits. */
async function matching(
  play: Play,
  person: PeerPerson,
  wanted: readonly (readonly [string, string])[],
): Promise<Values | null> {
  for (const got of await toldTo(play.world.peer, person)) {
    const values: Values = new Map(play.values);
    const isIt = wanted.every(([key, value]) =>
      value === "{absent}" ? !got.has(key) : fits(value, got.get(key) ?? "", values),
    );
    if (isIt) return values;
  }
  return null;
}
