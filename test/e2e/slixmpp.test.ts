/**
 * A client that nobody here wrote: slixmpp's own plugins do what Movim's stanzas do in the
 * other tests, and drive the chats as an ordinary user; on both servers.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { told } from "../support/e2e-posts.ts";
import { virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../support/peer-messages.ts";
import { newPerson } from "../support/peer-person.ts";
import { comment, message } from "../support/peer-relayables.ts";
import { postPrivate, postPublic } from "../support/peer.ts";
import { noPython, runScript } from "../support/slixmpp.ts";

describe("slixmpp", { concurrency: true, skip: noPython() }, () => {
  for (const server of ["ejabberd", "prosody"] as const) {
    describe(`on ${server}`, { concurrency: true }, () => {
      scripts(server);
    });
  }
});

function scripts(server: "ejabberd" | "prosody"): void {
  const alice = newPerson("alice@pod-a.example", 1024);
  const bella = newPerson("bella@pod-b.example", 1024);
  const carol = newPerson("carol@pod-c.example", 1024);
  const address = virtualJid(alice.id, COMPONENT);
  let open: World | null = null;
  const stage = (): World => {
    assert.ok(open !== null);
    return open;
  };
  before(async () => {
    open = await startWorld({
      server,
      people: [alice, bella, carol],
      forceNodeConfig: true,
      privileged: true,
    });
  });
  after(async () => {
    await open?.close();
  });
  const post = async (text: string, author = alice): Promise<string> => {
    const guid = newGuid();
    const body = seal(statusMessage(author, { guid, text }), author);
    assert.equal((await postPublic(stage().peer, BASE, body)).status, 202);
    return guid;
  };

  test("follows, sees a post arrive, reads the node, publishes", async () => {
    const script = await runScript(stage(), "social", "sofia", [address, "From another library"]);
    assert.equal((await script.said("subscribed"))["state"], "subscribed");
    const guid = await post("For every library");
    const event = await script.said("event");
    assert.equal(event["node"], "urn:xmpp:microblog:0");
    assert.equal(event["id"], guid);
    assert.equal(event["title"], "For every library");
    const { ids } = await script.said("items");
    assert.ok(Array.isArray(ids) && ids.includes(guid));
    await script.said("published");
    const author = `sofia@${DOMAIN}`;
    const wanted = { entity: "status_message", author, text: "From another library" };
    await told(stage().peer, alice, wanted);
    await script.done();
  });

  test("lists the commands and runs one", async () => {
    const script = await runScript(stage(), "command", "carlo");
    const { nodes } = await script.said("commands");
    assert.ok(Array.isArray(nodes) && nodes.includes("jabber:iq:register"));
    const ran = await script.said("ran");
    assert.equal(ran["status"], "completed");
    assert.match(String(ran["notes"]), new RegExp(`carlo@${DOMAIN}`));
    await script.done();
  });

  test("comments, likes, and takes both back", async () => {
    const guid = await post("Say something, whoever you are");
    const script = await runScript(stage(), "comment", "chiara", [address, guid, "I say this"]);
    await script.said("commented");
    const author = `chiara@${DOMAIN}`;
    const sent = await told(stage().peer, alice, { entity: "comment", author, parent_guid: guid });
    assert.equal(sent.get("text"), "I say this");
    const theirs = comment(carol, guid, "And I that");
    await postPublic(stage().peer, BASE, seal(theirs.payload, alice));
    assert.equal((await script.said("seen"))["id"], theirs.guid);
    const like = await told(stage().peer, alice, { entity: "like", author, parent_guid: guid });
    for (const target of [like, sent]) {
      const target_guid = target.get("guid") ?? "";
      await told(stage().peer, alice, { entity: "retraction", author, target_guid });
    }
    await script.done();
  });

  test("lives in chats: a contact, a reply, a reaction, a message, a post", async () => {
    const { peer } = stage();
    const script = await runScript(stage(), "chat", "dario", [virtualJid(bella.id, COMPONENT)]);
    const author = `dario@${DOMAIN}`;
    await script.said("asked");
    await told(peer, bella, { entity: "contact", author, sharing: "true" });
    const guid = await post("A post in a chat", bella);
    assert.match(String((await script.said("read"))["body"]), /A post in a chat/);
    const wanted = { entity: "comment", author, parent_guid: guid, text: "Well said" };
    await told(peer, bella, wanted);
    const like = await told(peer, bella, { entity: "like", author, parent_guid: guid });
    const about = await told(peer, bella, { entity: "conversation", author });
    assert.match(about.get("message") ?? "", /Between us/);
    await told(peer, bella, { entity: "status_message", author, text: "Hello from a chat" });
    await script.said("told");
    const target_guid = like.get("guid") ?? "";
    await told(peer, bella, { entity: "retraction", author, target_guid });
    const me = await peer.find(author);
    const answer = message(bella, about.get("guid") ?? "", "back to you");
    await postPrivate(peer, me, answer.payload, bella);
    await script.said("answered");
    await script.done();
  });
}
