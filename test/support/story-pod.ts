/**
 * Somebody of a story who lives on a pod. Nothing of src/ is in it. As diaspora* does it, the pod
 * passes on what others say below a post of theirs, in an envelope of the post's author.
 */
import assert from "node:assert/strict";
import { until } from "./e2e-client.ts";
import { askingPost, invitingPost } from "./peer-asking.ts";
import { seal } from "./peer-envelope.ts";
import {
  accountDeletion,
  contact,
  newGuid,
  reshare,
  retraction,
  statusMessage,
} from "./peer-messages.ts";
import { accountMigration } from "./peer-migration.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";
import {
  attendance,
  comment,
  conversation,
  like,
  message,
  profile,
  vote,
  type Said as Sealed,
} from "./peer-relayables.ts";
import { postPrivate, postPublic } from "./peer.ts";
import { guidOf, newSaid, topOf, type Answer, type Said, type Someone } from "./story-person.ts";
import { hostOf, STORY_MS, type Delivered, type StoryWorld } from "./story-world.ts";

export interface PodPerson extends Someone {
  readonly person: PeerPerson;
  movesTo(next: PodPerson): Promise<void>;
  /** What reached this person's pod, for everybody or for this person. */
  told(entity: string, values?: Readonly<Record<string, string>>): Delivered[];
}

const STATUS: Readonly<Record<Answer, string>> = {
  yes: "accepted",
  no: "declined",
  maybe: "tentative",
};
const ENTITY = {
  post: "status_message",
  reshare: "reshare",
  comment: "comment",
  like: "like",
  vote: "poll_participation",
  attendance: "event_participation",
  conversation: "conversation",
  message: "message",
} as const satisfies Readonly<Record<Said["kind"], string>>;
const TYPE: Readonly<Partial<Record<Said["kind"], string>>> = {
  post: "Post",
  reshare: "Post",
  comment: "Comment",
  like: "Like",
};

export function podPerson(world: StoryWorld, person: PeerPerson): PodPerson {
  const { peer, bridges } = world;
  const host = hostOfPerson(person);
  const passedOn = new Set<string>();

  const everywhere = async (payload: string): Promise<void> => {
    for (const { base } of bridges) await publicly(base, payload);
  };
  const publicly = async (base: string, payload: string): Promise<void> => {
    assert.equal((await postPublic(peer, base, seal(payload, person))).status, 202);
  };
  const privately = async (to: Someone, payload: string): Promise<void> => {
    const found = await peer.find(to.id);
    assert.equal((await postPrivate(peer, found, payload, person)).status, 202);
  };
  /** To the author of the post, whose place passes it on. */
  const below = async (about: Said, { payload }: Sealed): Promise<void> => {
    const { by } = topOf(about);
    const home = bridges.find(({ domain }) => domain === hostOf(by));
    await (home === undefined ? everywhere(payload) : publicly(home.base, payload));
  };
  const told: PodPerson["told"] = (entity, values = {}) =>
    world
      .deliveredTo(host)
      .filter(
        ({ receipt, opened }) =>
          [null, person.guid].includes(receipt.recipientGuid) &&
          opened.name === entity &&
          Object.entries(values).every(([name, value]) => opened.values[name] === value),
      );
  const find = (said: Said): Delivered[] =>
    told(ENTITY[said.kind], wantedOf(said)).filter(({ opened }) => hasWords(said, opened.payload));
  /** Only who wrote the post above does. */
  const passOn = async (said: Said, { opened }: Delivered): Promise<void> => {
    const isOwn =
      said.about !== null && topOf(said).by.id === person.id && said.by.id !== person.id;
    if (!isOwn || passedOn.has(opened.payload) || said.kind === "message") return;
    passedOn.add(opened.payload);
    await everywhere(opened.payload);
  };
  const say = async (
    kind: "comment" | "like" | "vote" | "attendance",
    about: Said,
    text: string,
    sealed: Sealed,
  ): Promise<Said> => {
    const said = newSaid({ kind, by: self, about, text, guid: sealed.guid });
    await below(about, sealed);
    return said;
  };

  /** With what came last, where it does not come. */
  const waitFor = async (what: string, look: () => Delivered | undefined): Promise<Delivered> =>
    await until(`${what}, for ${person.id}`, look, STORY_MS).catch((error: unknown) => {
      const last = world
        .deliveredTo(host)
        .slice(-12)
        .map(({ opened }) => opened.payload.slice(0, 600));
      throw new Error(`${String(error)}; what came last:\n${last.join("\n")}`);
    });

  const self: PodPerson = {
    person,
    name: person.name,
    id: person.id,
    told,
    sharesWith: (other) => privately(other, contact(person, other.id, "start")),
    stopsSharingWith: (other) => privately(other, contact(person, other.id, "stop")),
    blocks: (other) => privately(other, contact(person, other.id, "block")),
    posts: async (text) => {
      const said = newSaid({ kind: "post", by: self, text, guid: newGuid() });
      await everywhere(statusMessage(person, said));
      return said;
    },
    postsTo: async (reader, text) => {
      const said = newSaid({ kind: "post", by: self, text, guid: newGuid() });
      await privately(reader, statusMessage(person, { ...said, public: false }));
      return said;
    },
    asks: async (text, answers) => {
      const said = newSaid({ kind: "post", by: self, text: "What do you say?", guid: newGuid() });
      const all = answers.map((answer) => ({ guid: newGuid(), text: answer }));
      said.parts.answers = all.map(({ guid }) => guid);
      const payload = askingPost(person, said.guid, text, all);
      said.parts.question = /<poll><guid>([^<]+)</.exec(payload)?.[1] ?? "";
      await everywhere(payload);
      return said;
    },
    invites: async (summary) => {
      const said = newSaid({ kind: "post", by: self, text: "You are invited", guid: newGuid() });
      said.parts.event = newGuid();
      await everywhere(invitingPost(person, said.guid, { guid: said.parts.event, summary }));
      return said;
    },
    mentions: async (other, text) => ({
      ...(await self.posts(`${text} @{${other.name}; ${other.id}}`)),
      text,
    }),
    comments: (about, text) =>
      say("comment", about, text, comment(person, guidOf(topOf(about)), text)),
    likes: (about) => {
      const type = about.kind === "comment" ? "Comment" : "Post";
      return say("like", about, "", like(person, guidOf(about), type));
    },
    reshares: async (root) => {
      const said = newSaid({ kind: "reshare", by: self, about: root, guid: newGuid() });
      await everywhere(reshare(person, said.guid, { author: root.by.id, guid: guidOf(root) }));
      return said;
    },
    votes: (about) => {
      const { question, answers } = about.parts;
      return say("vote", about, "", vote(person, question, answers[0] ?? ""));
    },
    comes: (about, answer) => {
      const status = STATUS[answer];
      return say("attendance", about, answer, attendance(person, about.parts.event, status));
    },
    writesTo: async (others, text) => {
      const guid = newGuid();
      const participants = [person.id, ...others.map(({ id }) => id)];
      const { payload } = conversation(person, { guid, subject: "Verona", participants }, text);
      for (const other of others) await privately(other, payload);
      return newSaid({ kind: "conversation", by: self, text, guid, others: [self, ...others] });
    },
    answers: async (about, text) => {
      const { guid, payload } = message(person, guidOf(about), text);
      for (const other of about.others) if (other.id !== person.id) await privately(other, payload);
      return newSaid({ kind: "message", by: self, about, text, guid, others: about.others });
    },
    takesBack: async (said) => {
      const payload = retraction(person, guidOf(said), TYPE[said.kind]);
      await (said.about === null || said.kind === "reshare"
        ? everywhere(payload)
        : below(said.about, { guid: "", payload }));
    },
    isNow: async (name, friends) => {
      for (const friend of friends) {
        await privately(friend, profile(person, { first_name: name }));
      }
    },
    leaves: () => everywhere(accountDeletion(person)),
    movesTo: (next) => everywhere(accountMigration(person, next.person)),
    timesSeen: (said) => Promise.resolve(find(said).length),
    sees: async (said) => {
      const found = await waitFor(nameOf(said), () => find(said)[0]);
      said.guid ||= found.opened.values["guid"] ?? "";
      learnParts(said, found.opened.payload);
      await passOn(said, found);
    },
    seesGone: async (said) => {
      const wanted = { target_guid: guidOf(said) };
      const what = `the end of ${nameOf(said)}`;
      const found = await waitFor(what, () => told("retraction", wanted)[0]);
      await passOn(said, found);
    },
    timesAskedBy: (other) =>
      Promise.resolve(told("contact", { author: other.id, sharing: "true" }).length),
    seesSharing: async (other) => {
      const wanted = { author: other.id, sharing: "true" };
      await waitFor(`${other.id} shares with ${person.id}`, () => told("contact", wanted)[0]);
    },
    seesNoSharing: async (other) => {
      const wanted = { author: other.id, sharing: "false" };
      const what = `${other.id} shares no longer with ${person.id}`;
      await waitFor(what, () => told("contact", wanted)[0]);
    },
    seesName: async (other, name) => {
      const isIt = (): Delivered | undefined =>
        told("profile", { author: other.id }).find(
          ({ opened: { values } }) => values["first_name"] === name || values["full_name"] === name,
        );
      await waitFor(`${other.id} is ${name}`, isIt);
    },
    seesLeft: async (other) => {
      const wanted = { author: other.id };
      const what = `${other.id} left`;
      await waitFor(what, () => told("account_deletion", wanted)[0]);
    },
    seesMove: async (from, to) => {
      const isIt = (): Delivered | undefined =>
        told("account_migration", { author: from.id }).find(({ opened }) =>
          opened.payload.includes(`<author>${to.id}</author>`),
        );
      await waitFor(`${from.id} moved to ${to.id}`, isIt);
    },
  };
  return self;
}

function nameOf({ kind, by, text }: Said): string {
  return `the ${kind} of ${by.id} "${text}"`;
}

/** How a pod knows it for what it is. */
function wantedOf({ kind, by, about, guid }: Said): Readonly<Record<string, string>> {
  const known = { author: by.id, ...(guid === "" ? {} : { guid }) };
  if (about === null) return known;
  if (kind === "reshare") return { ...known, root_guid: guidOf(about) };
  if (kind === "message") return { ...known, conversation_guid: guidOf(about) };
  if (kind === "vote") return { ...known, parent_guid: about.parts.question };
  if (kind === "attendance") return { ...known, parent_guid: about.parts.event };
  return { ...known, parent_guid: guidOf(kind === "like" ? about : topOf(about)) };
}

function hasWords({ kind, text }: Said, payload: string): boolean {
  if (kind === "attendance") return payload.includes(`>${STATUS[answerOf(text)]}<`);
  return payload.includes(text);
}

function answerOf(text: string): Answer {
  return text === "yes" || text === "no" ? text : "maybe";
}

function learnParts({ parts }: Said, payload: string): void {
  const guidIn = (element: string): string[] =>
    [...payload.matchAll(new RegExp(`<${element}>.*?<guid>([^<]+)</guid>`, "gs"))].map(
      ([, guid = ""]) => guid,
    );
  parts.question ||= guidIn("poll")[0] ?? "";
  if (parts.answers.length === 0) parts.answers = guidIn("poll_answer");
  parts.event ||= guidIn("event")[0] ?? "";
}
