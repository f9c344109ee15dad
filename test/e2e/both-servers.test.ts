/**
 * The flows between a person's client and pods, each on a real ejabberd and a real Prosody:
 * what goes out, what comes in, through restarts of the server and of the bridge; counted
 * on both sides at the end.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until, xml } from "../support/e2e-client.ts";
import {
  createCommentsNode,
  itemsOfNode,
  publishComment,
  retractComment,
} from "../support/e2e-comments.ts";
import { shareWith, told, toldTo } from "../support/e2e-posts.ts";
import { publishAvatar, publishVcard, readAvatar, readName } from "../support/e2e-profile.ts";
import {
  goOnline,
  optIn,
  publish,
  readItems,
  retract,
  subscribe,
  unsubscribe,
  untilSubscribed,
} from "../support/e2e-social.ts";
import { COMPONENT, DOMAIN, startWorld } from "../support/e2e-world.ts";
import {
  addressOf,
  AFTER_RESTART_MS,
  commentsOf,
  logInAnna,
  newStage,
  posted,
  published,
  tell,
  tellAnna,
  type Stage,
} from "../support/e2e-stage.ts";
import { newGuid, retraction } from "../support/peer-messages.ts";
import { comment, conversation, like, message, profile } from "../support/peer-relayables.ts";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("the flows", { concurrency: true }, () => {
  for (const server of ["ejabberd", "prosody"] as const) {
    describe(`on ${server}`, { concurrency: false }, () => {
      const stage = newStage();
      before(async () => {
        const people = [stage.alice, stage.carol];
        stage.world = await startWorld({
          server,
          people,
          forceNodeConfig: true,
          profileDelaySeconds: 20,
        });
      });
      after(async () => {
        await stage.world.close();
      });
      gettingIn(stage);
      goingOut(stage);
      comingIn(stage);
      comments(stage);
      likes(stage);
      privateMessages(stage);
      profiles(stage);
      restarts(stage);
      ownProfile(stage);
      counts(stage);
      leaving(stage);
    });
  }
});

function gettingIn(stage: Stage): void {
  test("somebody registers, follows people of two pods, and is followed", async () => {
    const { world, alice, carol } = stage;
    await logInAnna(stage);
    await optIn(stage.anna, COMPONENT);
    for (const person of [alice, carol]) {
      assert.equal((await subscribe(stage.anna, addressOf(person))).type, "result");
      const wanted = { entity: "contact", recipient: person.id, sharing: "true" };
      const contact = await told(world.peer, person, wanted);
      assert.equal(contact.get("author"), stage.anna.bare);
      await shareWith(world, person, stage.anna);
    }
    // It goes out when nothing more was changed for a while: see the end.
    await publishVcard(stage.anna, "Anna of Verona", "Reads at night");
    await publishAvatar(stage.anna, Buffer.from(PIXEL, "base64"));
  });
}

function goingOut(stage: Stage): void {
  test("a post goes out, and comes to each pod with its words", async () => {
    await published(stage, "Grüße aus *Verona* 👋");
  });

  test("an edited post goes out again under its GUID", async () => {
    const { id, guid } = await published(stage, "with a mistkae");
    await publish(stage.anna, { text: "without a mistake", id });
    const wanted = { entity: "status_message", text: "without a mistake" };
    const again = await told(stage.world.peer, stage.alice, wanted);
    assert.equal(again.get("guid"), guid);
    assert.notEqual(again.get("edited_at"), undefined);
  });

  test("a post that is taken back is taken back", async () => {
    const { id, guid } = await published(stage, "soon gone");
    await published(stage, "and one that stays");
    await untilSubscribed(stage.anna, COMPONENT);
    await retract(stage.anna, id);
    const wanted = { entity: "retraction", target_guid: guid };
    for (const person of [stage.alice, stage.carol]) await told(stage.world.peer, person, wanted);
  });
}

function comingIn(stage: Stage): void {
  test("a post comes in, and taken back it is gone", async () => {
    await posted(stage, "Hello from the pod");
    const guid = await posted(stage, "soon gone from the pod");
    await tell(stage, stage.alice, retraction(stage.alice, guid));
    stage.toAnna.delete(guid);
    await until("the retract", () => stage.anna.retracted.some(({ id }) => id === guid));
    assert.ok(!(await readItems(stage.anna, addressOf(stage.alice))).has(guid));
  });
}

function comments(stage: Stage): void {
  test("comments below a pod's post go both ways", async () => {
    const { anna, alice, carol, world } = stage;
    const guid = await posted(stage, "What do you say?");
    const node = commentsOf(guid);
    const subscribed = xml("subscribe", { node: node.node, jid: anna.bare });
    const pubsub = xml("pubsub", { xmlns: "http://jabber.org/protocol/pubsub" }, subscribed);
    assert.equal((await anna.iq("set", COMPONENT, pubsub)).type, "result");
    const id = await publishComment(anna, node, "This is what I say");
    const wanted = { entity: "comment", author: anna.bare, parent_guid: guid };
    const sent = await told(world.peer, alice, wanted);
    assert.equal(sent.get("text"), "This is what I say");
    const { guid: theirs, payload } = comment(carol, guid, "And I say this");
    await tell(stage, alice, payload);
    const seen = await until("the comment", () => anna.items.find((item) => item.id === theirs));
    assert.equal(seen.from, COMPONENT);
    assert.equal(seen.node, node.node);
    const items = await itemsOfNode(anna, node);
    assert.equal(items.get(theirs)?.publisher, addressOf(carol));
    assert.equal(items.get(id)?.publisher, anna.bare);
  });

  test("comments below one's own post come into its comments node", async () => {
    const { anna, alice, carol, world } = stage;
    const node = await createCommentsNode(anna, `comments.${DOMAIN}`, "with-comments");
    const post = { id: "with-comments", comments: node };
    const { guid } = await published(stage, "Say something", post);
    const { guid: theirs, payload } = comment(alice, guid, "Something");
    await tell(stage, alice, payload);
    const item = await until("it is there", async () =>
      (await itemsOfNode(anna, node)).get(theirs),
    );
    assert.equal(item.entry?.getChildText("title"), "Something");
    const relayed = await told(world.peer, carol, { entity: "comment", guid: theirs });
    assert.equal(relayed.get("sender"), anna.bare);
    await publishComment(anna, node, "Thank you");
    const answer = { entity: "comment", author: anna.bare, parent_guid: guid };
    for (const person of [alice, carol]) {
      assert.equal((await told(world.peer, person, answer)).get("text"), "Thank you");
    }
  });
}

function likes(stage: Stage): void {
  test("a like goes out and is taken back; likes come in", async () => {
    const { anna, alice, carol, world } = stage;
    const guid = await posted(stage, "Do you like it?");
    const heart = await publishComment(anna, commentsOf(guid), "♥");
    const wanted = { entity: "like", author: anna.bare, parent_guid: guid };
    const sent = await told(world.peer, alice, wanted);
    await retractComment(anna, commentsOf(guid), heart);
    const undone = { entity: "retraction", target_guid: sent.get("guid") ?? "" };
    await told(world.peer, alice, undone);
    const { guid: theirs, payload } = like(carol, guid);
    await tell(stage, alice, payload);
    const hearts = async () =>
      [...(await itemsOfNode(anna, commentsOf(guid))).values()].filter(
        ({ publisher }) => publisher === addressOf(carol),
      );
    const [item] = await until("the heart", async () => {
      const found = await hearts();
      return found.length > 0 && found;
    });
    assert.equal(item?.entry?.getChildText("title"), "♥", theirs);
  });
}

function privateMessages(stage: Stage): void {
  test("private messages go both ways", async () => {
    const { anna, alice, world } = stage;
    const chat = xml(
      "message",
      { to: addressOf(alice), type: "chat", id: "pm-1" },
      xml("body", {}, "psst"),
      xml("thread", {}, "thread-1"),
    );
    await anna.send(chat);
    const opened = await told(world.peer, alice, { entity: "conversation", author: anna.bare });
    assert.equal(opened.get("for"), alice.id);
    const answer = message(alice, opened.get("guid") ?? "", "what is it?");
    await tellAnna(stage, alice, answer.payload);
    const isAnswer = ({ from, body }: { from: string; body: string }): boolean =>
      from.startsWith(addressOf(alice)) && body.includes("what is it?");
    await until("the answer", () => anna.messages.find(isAnswer));
    const about = { guid: newGuid(), subject: "Dinner", participants: [alice.id, anna.bare] };
    await tellAnna(stage, alice, conversation(alice, about, "at eight?").payload);
    await until("it", () => anna.messages.find(({ body }) => body.includes("at eight?")));
  });
}

function profiles(stage: Stage): void {
  test("a pod's profile and avatar are read", async () => {
    const { anna, alice, world } = stage;
    const page = { type: "image/png", body: Buffer.from(PIXEL, "base64") };
    world.peer.pages.set("pod-a.example/alice.png", page);
    const image = "https://pod-a.example/alice.png";
    const values = { full_name: "Alice A.", first_name: "Alice A.", image_url: image };
    await tellAnna(stage, alice, profile(alice, values));
    const service = addressOf(alice);
    await until("her name", async () => (await readName(anna, service)) === "Alice A.");
    const bytes = await until("her avatar", () => readAvatar(anna, service));
    assert.ok(bytes.length > 0);
  });
}

function restarts(stage: Stage): void {
  test("posts written while the bridge is down arrive after it, in order", async () => {
    const { world, anna } = stage;
    assert.equal(await world.daemon.stop(), 0);
    const texts = ["first while it was down", "second while it was down"];
    for (const text of texts) await publish(anna, { text });
    await world.restartDaemon();
    for (const text of texts) {
      stage.fromAnna.add(text);
      const wanted = { entity: "status_message", text };
      await told(world.peer, stage.alice, wanted, AFTER_RESTART_MS);
      await told(world.peer, stage.carol, wanted, AFTER_RESTART_MS);
    }
    const order = (await toldTo(world.peer, stage.alice)).map((got) => got.get("text") ?? "");
    const seen = order.filter((text) => texts.includes(text));
    assert.deepEqual([...new Set(seen)], texts);
    await posted(stage, "after the bridge's restart");
  });

  test("after a restart of the server posts go on, both ways", async () => {
    const { world } = stage;
    await world.restartServer();
    await logInAnna(stage);
    await goOnline(stage.anna);
    await until("the daemon ready", () => world.daemon.isReady(), AFTER_RESTART_MS);
    await published(stage, "after the server's restart");
    await posted(stage, "after the server's restart, from the pod");
  });
}

function ownProfile(stage: Stage): void {
  test("one's own profile and avatar have gone out", async () => {
    const wanted = { entity: "profile", author: stage.anna.bare, bio: "Reads at night" };
    const sent = await told(stage.world.peer, stage.alice, wanted, 90_000);
    assert.match(sent.get("image_url") ?? "", /^https:/);
  });
}

function counts(stage: Stage): void {
  test("everything is there, and nothing twice", async (t) => {
    const { world, anna, alice, carol } = stage;
    for (const person of [alice, carol]) {
      const texts = (await toldTo(world.peer, person)).map((got) => got.get("text"));
      for (const text of stage.fromAnna) assert.ok(texts.includes(text), text);
    }
    for (const person of [alice, carol]) {
      // The same fact of the same moment: an edit is another.
      const facts = (await toldTo(world.peer, person)).map((got) => JSON.stringify([...got]));
      const repeats = facts.length - new Set(facts).size;
      t.diagnostic(`POSTed again to ${person.id}: ${String(repeats)} of ${String(facts.length)}`);
      assert.equal(repeats, 0);
    }
    const items = await readItems(anna, addressOf(alice));
    for (const guid of stage.toAnna) assert.ok(items.has(guid), guid);
    const events = stage.sessions.flatMap((session) => session.items);
    const keys = events.map(({ from, node, id }) => `${from} ${node} ${id}`);
    t.diagnostic(`events more than once: ${String(keys.length - new Set(keys).size)}`);
  });
}

function leaving(stage: Stage): void {
  test("unfollowing is told, and leaving ends it all", async () => {
    const { world, anna, alice } = stage;
    assert.equal((await unsubscribe(anna, addressOf(alice))).type, "result");
    await told(world.peer, alice, { entity: "contact", author: anna.bare, sharing: "false" });
    const remove = xml("query", { xmlns: "jabber:iq:register" }, xml("remove"));
    assert.equal((await anna.iq("set", COMPONENT, remove)).type, "result");
    await publish(anna, { text: "nobody hears this" });
    const answer = await world.peer.fetch(
      `https://${DOMAIN}/.well-known/webfinger?resource=acct:anna@${DOMAIN}`,
    );
    assert.equal(answer.status, 404);
    const texts = (await toldTo(world.peer, alice)).map((got) => got.get("text"));
    assert.ok(!texts.includes("nobody hears this"));
  });
}
