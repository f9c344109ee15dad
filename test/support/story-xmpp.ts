/** Somebody of a story who lives on an XMPP server and takes part by a bridge: what their client does and shows. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { attr, pause, until, xml, type Stanza, type TestClient } from "./e2e-client.ts";
import { createCommentsNode, publishComment, retractComment } from "./e2e-comments.ts";
import { publishVcard, readName } from "./e2e-profile.ts";
import { publish, readItems, retract, subscribe, unsubscribe, type Access } from "./e2e-social.ts";
import { event, form, pollForm } from "./story-forms.ts";
import { guidOf, newSaid, topOf, type Said, type Someone } from "./story-person.ts";
import { HEART, shownBy } from "./story-shown.ts";
import { STORY_MS, type Bridge } from "./story-world.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_COMMANDS = "http://jabber.org/protocol/commands";

export interface XmppPerson extends Someone {
  readonly client: TestClient;
  readonly bridge: Bridge;
  /** The address of somebody of the federation, for this person. */
  addressOf(other: Someone): string;
  /** Lets them see the presence, and with it what is for contacts. */
  letsIn(other: Someone): Promise<void>;
  /** A word to the gateway, and its answer. */
  says(line: string, answer: RegExp): Promise<string>;
  /** Brings everything along from an account that has moved here. */
  movesFrom(old: XmppPerson): Promise<void>;
  /** GUIDs in somebody's stream; null when there is nobody any more. */
  streamOf(other: Someone): Promise<readonly string[] | null>;
}

export function xmppPerson(client: TestClient, bridge: Bridge): XmppPerson {
  const name = client.bare.slice(0, client.bare.indexOf("@"));
  const { component, domain } = bridge;
  const { addressOf, commentsOf, find, learn } = shownBy(client, component);

  const postWith = async (
    text: string,
    more: readonly Stanza[] = [],
    access: Access = "open",
  ): Promise<Said> => {
    const itemId = randomUUID();
    const comments = await createCommentsNode(client, `comments.${domain}`, itemId);
    await publish(client, { text, id: itemId, comments, more }, access);
    return newSaid({ kind: "post", by: self, text, itemId, comments });
  };

  /** With what came last, where it does not come. */
  const waitFor = async <T>(
    what: string,
    look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  ): Promise<T> =>
    await until(`${what}, for ${client.bare}`, seldom(look), STORY_MS).catch((error: unknown) => {
      const last = client.stanzas.slice(-12).map((each) => each.toString().slice(0, 600));
      throw new Error(`${String(error)}; what came last:\n${last.join("\n")}`);
    });

  const says: XmppPerson["says"] = async (line, answer) => {
    const from = client.messages.length;
    const id = randomUUID();
    await client.send(xml("message", { to: component, type: "chat", id }, xml("body", {}, line)));
    const said = await waitFor(`an answer to "${line}"`, () =>
      client.messages.slice(from).find(({ body }) => answer.test(body)),
    );
    return said.body;
  };

  const chat = (other: Someone, text: string, thread: string): Promise<void> =>
    client.send(
      xml(
        "message",
        { to: addressOf(other), type: "chat", id: randomUUID() },
        xml("body", {}, text),
        xml("thread", {}, thread),
      ),
    );

  const self: XmppPerson = {
    client,
    bridge,
    name,
    id: client.bare,
    addressOf,
    says,
    letsIn: (other) => client.send(xml("presence", { to: addressOf(other), type: "subscribed" })),
    sharesWith: async (other) => {
      const answer = await subscribe(client, addressOf(other));
      assert.equal(answer.type, "result", answer.stanza.toString());
    },
    stopsSharingWith: async (other) => {
      assert.equal((await unsubscribe(client, addressOf(other))).type, "result");
    },
    blocks: async (other) => {
      await says(`block ${other.id}`, /is blocked/);
    },
    posts: (text) => postWith(text),
    postsTo: async (reader, text) => {
      await self.letsIn(reader);
      // Nothing that is not for everybody goes into an open comments node: it is read at the bridge.
      return { ...(await postWith(text, [], "presence")), comments: null };
    },
    asks: (text, answers) => postWith(text, [pollForm(text, answers)]),
    invites: (text) => postWith(text, [event(text)]),
    mentions: async (other, text) => {
      // Only who is known here is meant by a name in a text.
      await says(`lookup ${other.id}`, /Address:|^Address/m);
      return { ...(await postWith(`${text} @${other.id}`)), text };
    },
    comments: async (about, text) => {
      const itemId = await publishComment(client, commentsOf(topOf(about)), text);
      return newSaid({ kind: "comment", by: self, about, text, itemId });
    },
    likes: async (about) => {
      if (about.kind === "comment") {
        await says(`like ${guidOf(about)}`, /^Liked/);
        return newSaid({ kind: "like", by: self, about });
      }
      const itemId = await publishComment(client, commentsOf(topOf(about)), HEART);
      return newSaid({ kind: "like", by: self, about, itemId });
    },
    reshares: async (root) => {
      await says(`reshare ${guidOf(root)}`, /^Passed on/);
      return newSaid({ kind: "reshare", by: self, about: root });
    },
    votes: async (about) => {
      await says(`vote ${guidOf(about)} 1`, /^Voted/);
      return newSaid({ kind: "vote", by: self, about });
    },
    comes: async (about, text) => {
      await says(`rsvp ${guidOf(about)} ${text}`, /is told/);
      return newSaid({ kind: "attendance", by: self, about, text });
    },
    writesTo: async (others, text) => {
      const [other] = others;
      assert.ok(other !== undefined && others.length === 1, "a chat is with one person");
      const thread = randomUUID();
      await chat(other, text, thread);
      return newSaid({
        kind: "conversation",
        by: self,
        text,
        itemId: thread,
        others: [self, other],
      });
    },
    answers: async (about, text) => {
      const thread = about.by.id === self.id ? about.itemId : guidOf(about);
      const other = about.others.find(({ id }) => id !== self.id);
      assert.ok(other !== undefined);
      await chat(other, text, thread);
      return newSaid({ kind: "message", by: self, about, text, others: about.others });
    },
    takesBack: async (said) => {
      if (said.kind === "post") await retract(client, said.itemId);
      else if (said.itemId !== "")
        await retractComment(client, commentsOf(topOf(said)), said.itemId);
      else if (said.kind === "like" && said.about !== null) {
        await says(`unlike ${guidOf(said.about)}`, /no longer like/);
      } else await says(`delete ${guidOf(said)}`, /^Deleted/);
    },
    // COMPAT(ejabberd): the node may be looked for at the moment at which it is made.
    isNow: (fn) =>
      publishVcard(client, fn, "Two households").catch(() =>
        publishVcard(client, fn, "Two households"),
      ),
    leaves: async () => {
      const query = xml("query", { xmlns: "jabber:iq:register" }, xml("remove"));
      assert.equal((await client.iq("set", component, query)).type, "result");
    },
    movesFrom: async (old) => {
      await tellMove(old.client, client.bare);
      await claimMove(client, component, old.client.bare);
    },
    timesSeen: async (said) => (await find(said)).length,
    sees: async (said) => {
      const ids = await waitFor(`the ${said.kind} of ${said.by.id} "${said.text}"`, async () => {
        const found = await find(said);
        return found.length === 0 ? null : found;
      });
      learn(said, ids[0] ?? "");
    },
    seesGone: async (said) => {
      await waitFor(`the end of the ${said.kind} of ${said.by.id} "${said.text}"`, async () => {
        if (said.kind !== "post" && said.kind !== "reshare") return (await find(said)).length === 0;
        const isTold = client.retracted.some(
          ({ id, from }) => id === guidOf(said) && from === addressOf(said.by),
        );
        return isTold && !((await self.streamOf(said.by)) ?? []).includes(guidOf(said));
      });
    },
    streamOf: async (other) => {
      try {
        return [...(await readItems(client, addressOf(other))).keys()];
      } catch {
        return null;
      }
    },
    timesAskedBy: (other) => Promise.resolve(presences(other, ["subscribe"]).length),
    seesSharing: async (other) => {
      await waitFor(
        `${other.id} asks ${self.id} for the presence`,
        () => presences(other, ["subscribe"])[0],
      );
    },
    seesNoSharing: async (other) => {
      await waitFor(
        `${other.id} shares no longer with ${self.id}`,
        () => presences(other, ["unsubscribe", "unsubscribed"])[0],
      );
    },
    seesName: async (other, fn) => {
      await waitFor(
        `${other.id} is ${fn}`,
        async () => (await readName(client, addressOf(other))) === fn,
      );
    },
    // XEP-0060 §8.4.2: the old node is gone, and names the new one.
    seesMove: async (from, to) => {
      const redirects = (each: Stanza): boolean => {
        const gone = each.getChild("event", `${NS_PUBSUB}#event`)?.getChild("delete");
        const uri = attr(gone?.getChild("redirect") ?? xml("none"), "uri");
        const isNext = decodeURIComponent(uri).startsWith(`xmpp:${addressOf(to)}?`);
        return attr(each, "from") === addressOf(from) && isNext;
      };
      await waitFor(`${from.id} moved to ${to.id}`, () => client.stanzas.some(redirects));
    },
    seesLeft: async (other) => {
      await waitFor(`${other.id} is gone`, async () => (await self.streamOf(other)) === null);
    },
  };
  const presences = (other: Someone, types: readonly string[]): readonly Stanza[] =>
    client.presences.filter(
      (each) => types.includes(attr(each, "type")) && attr(each, "from") === addressOf(other),
    );
  return self;
}

/** A look is a request to a server, as often as not. */
function seldom<T>(look: () => T | Promise<T>): () => Promise<T> {
  return async () => {
    const found = await look();
    if (found === null || found === undefined || found === false) await pause(100);
    return found;
  };
}

/** XEP-0283 §4.1: the old account says where the new one is. */
async function tellMove(old: TestClient, to: string): Promise<void> {
  const moved = xml("moved", { xmlns: "urn:xmpp:moved:1" }, xml("new-jid", {}, to));
  const item = xml("item", { id: "current" }, moved);
  const open = form({
    FORM_TYPE: `${NS_PUBSUB}#publish-options`,
    "pubsub#access_model": "open",
  });
  const pubsub = xml(
    "pubsub",
    { xmlns: NS_PUBSUB },
    xml("publish", { node: "urn:xmpp:moved:1" }, item),
    xml("publish-options", {}, open),
  );
  const answer = await old.iq("set", old.bare, pubsub);
  assert.equal(answer.type, "result", answer.stanza.toString());
}

async function claimMove(client: TestClient, component: string, from: string): Promise<void> {
  const command = (attributes: Record<string, string>, ...children: Stanza[]): Stanza =>
    xml("command", { xmlns: NS_COMMANDS, node: "move", ...attributes }, ...children);
  const begun = await client.iq("set", component, command({ action: "execute" }));
  const session = begun.stanza.getChild("command", NS_COMMANDS);
  assert.ok(session !== undefined, begun.stanza.toString());
  const sessionid = attr(session, "sessionid");
  const filled = command({ action: "complete", sessionid }, form({ old: from }));
  const done = await client.iq("set", component, filled);
  assert.match(done.stanza.toString(), /<note type="info">/);
}
