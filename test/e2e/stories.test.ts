/**
 * What people do to each other across the networks, told as stories: Romeo takes part by one
 * bridge, Juliet by another, Paula lives on a pod that shares no code with them. Each story is
 * begun by each of them who can, and the others see it, exactly once. Nothing waits for nothing:
 * where nothing is due, something is sent behind it on the same way.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  ends,
  everybody,
  everybodyLetsIn,
  isXmpp,
  known,
  NAMES,
  openTheatre,
  othersThan,
  seenOnce,
  spreads,
  type Cast,
  type Theatre,
} from "../support/story-cast.ts";
import type { Said, Someone } from "../support/story-person.ts";
import type { Delivered } from "../support/story-world.ts";
import type { XmppPerson } from "../support/story-xmpp.ts";

const CASTS = 40;
const AT_ONCE = 8;

let theatre: Theatre;

before(async () => {
  theatre = await openTheatre(CASTS);
});
after(async () => {
  await theatre.world.close();
});

type Tale = (cast: Cast, starter: Someone, others: readonly Someone[]) => Promise<void>;

/** A story, begun by each; all of them with the same people. */
function story(title: string, open: "friends" | "strangers", tell: Tale): void {
  let opened: Promise<Cast> | null = null;
  for (const name of NAMES) {
    test(`${title}: begun by ${name}`, async () => {
      opened ??= theatre[open]();
      const cast = await opened;
      await tell(cast, cast[name], othersThan(cast, cast[name]));
    });
  }
}

/** One after which nothing is as it was: with people of its own for each who begins it. */
function turningPoint(title: string, tell: Tale): void {
  for (const name of NAMES) {
    test(`${title}: begun by ${name}`, async () => {
      const cast = await theatre.friends();
      await tell(cast, cast[name], othersThan(cast, cast[name]));
    });
  }
}

function pair(people: readonly Someone[]): readonly [Someone, Someone] {
  const [one, other] = people;
  assert.ok(one !== undefined && other !== undefined);
  return [one, other];
}

describe("stories", { concurrency: AT_ONCE }, () => {
  story("who shares is noticed, once", "strangers", async (_, starter, others) => {
    for (const other of others) await starter.sharesWith(other);
    for (const other of others) await other.seesSharing(starter);
    for (const other of others) assert.equal(await other.timesAskedBy(starter), 1);
  });

  story("a public post is for all who share", "friends", async (_, starter, others) => {
    await seenOnce(await starter.posts(`A plague on both, says ${starter.name}`), others);
  });

  turningPoint(
    "a limited post, and what is said below it, is for one",
    async (_, starter, both) => {
      const [one, other] = pair(both);
      if (isXmpp(starter)) await starter.says("preferences limited=contacts", /limited=contacts/);
      const secret = await starter.postsTo(one, `For one, by ${starter.name}`);
      await seenOnce(secret, [one]);
      const below = await one.comments(secret, `Below it, by ${one.name}`);
      await starter.sees(below);
      const open = await starter.posts(`For both, by ${starter.name}`);
      await seenOnce(open, both);
      assert.equal(await other.timesSeen(secret), 0);
      assert.equal(await other.timesSeen(below), 0);
      if (isXmpp(other)) assert.deepEqual(await other.streamOf(starter), [open.guid]);
    },
  );

  story("a comment is for all who have the post", "friends", async (cast, starter) => {
    for (const author of everybody(cast)) {
      const post = await known(cast, author.posts(`${author.name} for ${starter.name}`));
      await spreads(cast, await starter.comments(post, `${starter.name} has a word to say`));
    }
  });

  story("a like is for all who have the post", "friends", async (cast, starter) => {
    for (const author of everybody(cast)) {
      const post = await known(cast, author.posts(`${author.name} for ${starter.name}`));
      await spreads(cast, await starter.likes(post));
    }
  });

  story("a like of a comment is for all who have it", "friends", async (cast, starter, others) => {
    for (const author of everybody(cast)) {
      const post = await known(cast, author.posts(`${author.name} for ${starter.name}`));
      for (const other of others) {
        const word = await other.comments(post, `${other.name} says what ${starter.name} likes`);
        await spreads(cast, word);
        await spreads(cast, await starter.likes(word));
      }
    }
  });

  story("a reshare is for all who share", "friends", async (cast, starter, others) => {
    for (const author of others) {
      const post = await known(cast, author.posts(`${author.name} for ${starter.name}`));
      await seenOnce(await starter.reshares(post), others);
    }
  });

  story("a poll is asked, and each vote arrives", "friends", async (cast, starter, others) => {
    const answers = ["Love", "Honour"];
    const poll = await known(cast, starter.asks(`Love or honour, asks ${starter.name}`, answers));
    for (const voter of others) await spreads(cast, await voter.votes(poll));
  });

  story("an event is told, and each answer arrives", "friends", async (cast, starter, others) => {
    const ball = await known(cast, starter.invites(`The ball of ${starter.name}`));
    for (const guest of others) await spreads(cast, await guest.comes(ball, "yes"));
  });

  // A chat is with one person, so only a pod begins one of three.
  test("a conversation of three: begun by paula", async () => {
    const cast = await theatre.friends();
    const { romeo, juliet, paula } = cast;
    const talk = await paula.writesTo([romeo, juliet], "Meet me at the tomb");
    await seenOnce(talk, [romeo, juliet]);
    for (const one of everybody(cast)) {
      await seenOnce(await one.answers(talk, `I come, says ${one.name}`), othersThan(cast, one));
    }
  });

  story("a conversation of two is nobody else's", "friends", async (_, starter, both) => {
    const [one, other] = pair(both);
    const talk = await starter.writesTo([one], `From ${starter.name} to ${one.name}`);
    await seenOnce(talk, [one]);
    await seenOnce(await one.answers(talk, `From ${one.name} to ${starter.name}`), [starter]);
    const second = await starter.writesTo([other], `From ${starter.name} to ${other.name}`);
    await seenOnce(second, [other]);
    assert.equal(await other.timesSeen(talk), 0);
  });

  story("who is mentioned hears of it unasked", "strangers", async (_, starter, others) => {
    for (const other of others) {
      await seenOnce(await starter.mentions(other, `Do you know ${other.name}`), [other]);
    }
  });

  story("a new profile is seen", "friends", async (_, starter, others) => {
    await starter.isNow(`The new ${starter.name}`, others);
    for (const other of others) await other.seesName(starter, `The new ${starter.name}`);
  });

  const TAKEN_BACK: Readonly<Record<string, (by: Someone, post: Said) => Promise<Said>>> = {
    comment: (by, post) => by.comments(post, `Soon gone, says ${by.name}`),
    like: (by, post) => by.likes(post),
    reshare: (by, post) => by.reshares(post),
  };
  for (const [kind, say] of Object.entries(TAKEN_BACK)) {
    story(`a ${kind} is taken back for all`, "friends", async (cast, starter, others) => {
      for (const author of others) {
        const post = await known(cast, author.posts(`${author.name} for ${starter.name}`));
        const said = await say(starter, post);
        await (kind === "reshare" ? seenOnce(said, others) : spreads(cast, said));
        await starter.takesBack(said);
        await ends(cast, said);
      }
    });
  }

  story("a post is taken back for all", "friends", async (cast, starter) => {
    const post = await known(cast, starter.posts(`Soon gone, says ${starter.name}`));
    await starter.takesBack(post);
    await ends(cast, post);
  });

  turningPoint("who shares no longer is shown nothing more", async (cast, starter, [other]) => {
    assert.ok(other !== undefined);
    await everybodyLetsIn(cast);
    const neighbour = await neighbourOf(cast, starter, other);
    await starter.stopsSharingWith(other);
    await other.seesNoSharing(starter);
    // To a pod goes what somebody writes who shares with people there.
    if (!isXmpp(starter)) await other.stopsSharingWith(starter);
    await showsNothing(cast, { starter, other, neighbour });
  });

  turningPoint("who blocks somebody is left in peace", async (cast, starter, [other]) => {
    assert.ok(other !== undefined);
    await everybodyLetsIn(cast);
    const neighbour = await neighbourOf(cast, starter, other);
    await starter.blocks(other);
    await other.seesNoSharing(starter);
    await showsNothing(cast, { starter, other, neighbour });
  });

  turningPoint("who moves is followed", async (cast, starter, others) => {
    const next = await moved(cast, starter);
    for (const other of others) await other.seesMove(starter, next);
    await seenOnce(await next.posts(`From the new place of ${starter.name}`), others);
  });

  turningPoint("who leaves is gone for all", async (cast, starter, others) => {
    await known(cast, starter.posts("My last words"));
    await starter.leaves();
    for (const other of others) await other.seesLeft(starter);
  });
});

/** Reads the other one beside the starter; on the way to a pod writes beside the other one. */
async function neighbourOf(cast: Cast, starter: Someone, other: Someone): Promise<XmppPerson> {
  const near = isXmpp(starter) ? starter : other;
  const home = near.id === cast.romeo.id ? "romeo" : "juliet";
  const neighbour = await theatre.enter(`neighbour-of-${near.name}-${starter.name}`, home);
  const far = isXmpp(starter) ? other : starter;
  await neighbour.sharesWith(far);
  await far.seesSharing(neighbour);
  return neighbour;
}

/** What the other one posts reaches all but the starter. */
async function showsNothing(
  cast: Cast,
  people: { readonly starter: Someone; readonly other: Someone; readonly neighbour: XmppPerson },
): Promise<void> {
  const { starter, other, neighbour } = people;
  const post = await other.posts("You cannot hear me");
  if (isXmpp(starter)) await neighbour.sees(post);
  else {
    for (const one of othersThan(cast, other)) if (isXmpp(one)) await one.sees(post);
    await starter.sees(await neighbour.posts("Behind it"));
  }
  assert.equal(await starter.timesSeen(post), 0);
}

async function moved(cast: Cast, starter: Someone): Promise<Someone> {
  if (!isXmpp(starter)) {
    await cast.paula.movesTo(cast.carol);
    return cast.carol;
  }
  const home = starter.id === cast.romeo.id ? "romeo" : "juliet";
  const next = await theatre.enter(`new-${starter.name}`, home);
  await next.movesFrom(starter);
  return next;
}

test("no pod was sent what it cannot read, and nobody the same thing twice", () => {
  const { world, clients } = theatre;
  assert.deepEqual(world.unreadable, []);
  assert.deepEqual(twice(world.delivered.flatMap(keyOf)), []);
  for (const { client } of clients) {
    assert.deepEqual(twice(client.items.map(({ from, node, id }) => `${from} ${node} ${id}`)), []);
  }
});

/** What a pod keeps is known by its GUID; the rest may be said again. */
function keyOf({ receipt, opened }: Delivered): string[] {
  const { guid } = opened.values;
  const mailbox = receipt.recipientGuid ?? "everybody";
  return guid === undefined ? [] : [`${receipt.host} ${mailbox} ${opened.name} ${guid}`];
}

function twice(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
}
