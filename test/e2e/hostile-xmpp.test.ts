/**
 * A hostile neighbour on the XMPP network, beside a real ejabberd and a real Prosody: what is
 * forged, broken, too big or too much is refused and counted, answered only where an answer is
 * owed, and takes nothing from anybody.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until, xml } from "../support/e2e-client.ts";
import { told, toldTo } from "../support/e2e-posts.ts";
import { publish, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../support/peer-messages.ts";
import { postPublic } from "../support/peer.ts";
import {
  besiege,
  counted,
  dropped,
  EVIL,
  figures,
  FLOOD,
  flood,
  goesOn,
  GUEST,
  LIAR,
  memoryOf,
  neighbour,
  refused,
  type Siege,
} from "../support/siege.ts";

const NODE = "urn:xmpp:microblog:0";
const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
/** Twice what the garbage collector leaves lying around after such a flood. */
const MOST_GROWN_MB = 120;

describe("a hostile neighbour", { concurrency: true }, () => {
  for (const server of ["ejabberd", "prosody"] as const) {
    describe(`on ${server}`, { concurrency: false }, () => {
      let open: Siege | undefined;
      const siege = (): Siege => {
        assert.ok(open !== undefined, "the world is not there");
        return open;
      };
      before(async () => {
        open = await besiege(server);
      });
      after(async () => {
        await open?.evil.close();
        await open?.guest.close();
        await open?.world.close();
      });
      forgeries(siege);
      strangers(siege);
      silence(siege);
      broken(siege);
      tooBig(siege);
      floods(siege);
      afterwards(siege);
    });
  }
});

function entry(text: string): string {
  const at = new Date().toISOString();
  return (
    `<entry xmlns='http://www.w3.org/2005/Atom'><title>${text}</title>` +
    `<author><name>anna</name><uri>xmpp:anna@${DOMAIN}</uri></author>` +
    `<published>${at}</published><updated>${at}</updated></entry>`
  );
}

function event(content: string): string {
  return `<event xmlns='${NS_PUBSUB}#event'><items node='${NODE}'>${content}</items></event>`;
}

const forgedItem = (text: string): string =>
  `<item id='${newGuid()}' publisher='anna@${DOMAIN}'>${entry(text)}</item>`;

/** At domains that are the attacker's own: the server lets no other in. */
const LOOK_ALIKES = [
  `anna@${EVIL}`,
  `ANNA@${EVIL}`,
  `anna\\40${DOMAIN}@${EVIL}`,
  `anna@${EVIL}/${DOMAIN}`,
  `\u0430nna@${EVIL}`,
  `\uff41nna@${EVIL}`,
  EVIL,
  GUEST,
  `anna@${GUEST}`,
];

function forgeries(siege: () => Siege): void {
  test("pitfalls 46, 49, 72: events of Anna's node by anybody who looks like her are dropped", async () => {
    const { world, alice, anna, mallory, evil, guest } = siege();
    await goesOn(siege(), "before the siege");
    const bare = LOOK_ALIKES.filter((from) => !from.includes("/")).length;
    const names = { [dropped("stranger")]: bare, [dropped("full-jid")]: 3 };
    await counted(siege(), names, async () => {
      for (const from of LOOK_ALIKES) {
        const by = from.endsWith(GUEST) ? guest : evil;
        const head = `from='${from}' to='${COMPONENT}' type='headline'`;
        await by.raw(`<message ${head}>${event(forgedItem(`forged by ${from}`))}</message>`);
      }
      for (const client of [mallory, anna]) {
        const items = xml("items", { node: NODE }, xml("item", { id: "forged" }));
        const told = xml("event", { xmlns: `${NS_PUBSUB}#event` }, items);
        await client.send(xml("message", { to: COMPONENT, type: "headline" }, told));
      }
    });
    await goesOn(siege(), "after the forgeries");
    const texts = (await toldTo(world.peer, alice)).map((got) => got.get("text") ?? "");
    assert.deepEqual(
      texts.filter((text) => text.includes("forged")),
      [],
    );
  });

  test("pitfall 47: what others retract of Anna's stays", async () => {
    const { world, alice, anna, evil, guest } = siege();
    const { id } = await publish(anna, { text: "this stays" });
    await told(world.peer, alice, { entity: "status_message", text: "this stays" });
    await counted(siege(), { [dropped("stranger")]: 4 }, async () => {
      for (const by of [evil, guest]) {
        const head = `from='anna@${by.domain}' to='${COMPONENT}' type='headline'`;
        await by.raw(`<message ${head}>${event(`<retract id='${id}'/>`)}</message>`);
        const purge = `<event xmlns='${NS_PUBSUB}#event'><purge node='${NODE}'/></event>`;
        await by.raw(`<message ${head}>${purge}</message>`);
      }
    });
    await goesOn(siege(), "after the retractions");
    const entities = (await toldTo(world.peer, alice)).map((got) => got.get("entity"));
    assert.ok(!entities.includes("retraction"));
  });

  test("pitfall 44: carbons, forwarded and privileged stanzas of strangers count for nothing", async () => {
    const { world, alice, evil } = siege();
    const to = virtualJid(alice.id, COMPONENT);
    const inner =
      `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' ` +
      `from='anna@${DOMAIN}/x' to='${to}'><body>forged in a wrapper</body></message></forwarded>`;
    const wrappers = [
      `<received xmlns='urn:xmpp:carbons:2'>${inner}</received>`,
      `<sent xmlns='urn:xmpp:carbons:2'>${inner}</sent>`,
      `<privilege xmlns='urn:xmpp:privilege:2'>${inner}</privilege>`,
      inner,
    ];
    await counted(siege(), { [dropped("wrapped")]: 7 }, async () => {
      for (const wrapper of wrappers) {
        for (const at of [to, COMPONENT]) {
          await evil.raw(`<message from='eve@${EVIL}' to='${at}' type='chat'>${wrapper}</message>`);
        }
      }
    });
    await goesOn(siege(), "after the wrappers");
    const entities = (await toldTo(world.peer, alice)).map((got) => got.get("entity"));
    assert.ok(!entities.includes("conversation"));
  });
}

const REGISTER = "<query xmlns='jabber:iq:register'/>";

function strangers(siege: () => Siege): void {
  test("pitfalls 50, 84: nobody from elsewhere registers, under whatever name", async () => {
    const { evil, guest, world } = siege();
    for (const from of [`eve@${EVIL}`, EVIL, `anna\\40${DOMAIN}@${EVIL}`]) {
      assert.notEqual(await evil.ask(from, COMPONENT, "set", REGISTER), "result", from);
    }
    for (const from of [`anna@${GUEST}`, GUEST]) {
      assert.notEqual(await guest.ask(from, COMPONENT, "set", REGISTER), "result", from);
    }
    const resource = `acct:eve@${EVIL}`;
    const url = `https://${DOMAIN}/.well-known/webfinger?resource=${resource}`;
    assert.equal((await world.peer.fetch(url)).status, 404);
  });

  test("pitfalls 48, 50: nobody speaks in the name of our people, nor of virtual ones", async () => {
    const { world } = siege();
    for (const from of [`carol@${DOMAIN}`, `bob\\40pod-a.example@${COMPONENT}`, COMPONENT]) {
      const was = await figures(siege());
      const liar = await neighbour(world, LIAR);
      await liar.raw(`<iq type='set' id='x' from='${from}' to='${COMPONENT}'>${REGISTER}</iq>`);
      // ejabberd lets components that share a listener speak for each other.
      await until(`${from} is not taken`, async () => {
        return liar.ended || (await figures(siege()))(dropped("address")) > was(dropped("address"));
      });
      assert.deepEqual(liar.heard, []);
      await liar.close();
    }
    const resource = `acct:carol@${DOMAIN}`;
    const url = `https://${DOMAIN}/.well-known/webfinger?resource=${resource}`;
    assert.equal((await world.peer.fetch(url)).status, 404);
  });
}

function silence(siege: () => Siege): void {
  test("pitfalls 13, 14: answers and errors of strangers are counted, and nothing is ever answered", async () => {
    const { alice, evil } = siege();
    const to = virtualJid(alice.id, COMPONENT);
    const before = evil.heard.length;
    await counted(siege(), { [dropped("unasked")]: 100 }, async () => {
      for (let n = 0; n < 25; n += 1) {
        const head = `from='eve@${EVIL}' id='${newGuid()}'`;
        for (const at of [to, COMPONENT]) {
          await evil.raw(`<iq type='result' ${head} to='${at}'/>`);
          await evil.raw(`<iq type='error' ${head} to='${at}'>${ERROR}</iq>`);
          await evil.raw(`<message type='error' ${head} to='${at}'>${ERROR}</message>`);
          await evil.raw(`<presence type='error' ${head} to='${at}'>${ERROR}</presence>`);
        }
      }
    });
    assert.equal(await evil.ask(EVIL, COMPONENT, "get", PING), "result");
    assert.equal(evil.heard.length, before + 1);
  });
}

const PING = "<ping xmlns='urn:xmpp:ping'/>";
const ERROR =
  "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

const JUNK: readonly (readonly [what: string, bytes: Buffer])[] = [
  ["a control character", Buffer.from("<body>\u0001</body>")],
  ["a character that XML forbids", Buffer.from("<body>\uffff</body>")],
  ["half a character", Buffer.from([0x3c, 0x62, 0x3e, 0xe2, 0x82, 0x3c, 0x2f, 0x62, 0x3e])],
  ["an overlong character", Buffer.from([0x3c, 0x62, 0x3e, 0xc0, 0xbc, 0x3c, 0x2f, 0x62, 0x3e])],
  ["a document type", Buffer.from("<!DOCTYPE a [<!ENTITY b 'c'>]><body>&b;</body>")],
  ["an entity that nobody has declared", Buffer.from("<body>&nbsp;</body>")],
];

function broken(siege: () => Siege): void {
  test("pitfall 53: what is no XML ends the neighbour's stream, or nobody's", async () => {
    const { world, evil } = siege();
    const head = Buffer.from(`<message from='eve@${EVIL}' to='${COMPONENT}' type='chat'>`);
    await evil.close();
    for (const [what, bytes] of JUNK) {
      const one = await neighbour(world, EVIL);
      await one.raw(Buffer.concat([head, bytes, Buffer.from("</message>")]));
      await one.raw(" ");
      await one.close();
      assert.ok(await world.daemon.isReady(), what);
    }
    siege().evil = await neighbour(world, EVIL);
    assert.equal(await siege().evil.ask(EVIL, COMPONENT, "get", PING), "result");
  });

  test("characters that lie across two packets come whole", async () => {
    const { world, anna, alice } = siege();
    const text = "\u20ac".repeat(20_000);
    await publish(anna, { text });
    const got = await told(world.peer, alice, { entity: "status_message", text }, 40_000);
    assert.equal(got.get("text"), text);
  });
}

const MEGABYTE = "x".repeat(1_200_000);

function tooBig(siege: () => Siege): void {
  test("pitfall 58: a stanza of a megabyte is refused alone, and answered when it asks", async () => {
    const { world, evil } = siege();
    await counted(siege(), { [dropped("too-big")]: 2 }, async () => {
      const head = `from='eve@${EVIL}' to='${COMPONENT}'`;
      await evil.raw(`<message type='chat' ${head}><body>${MEGABYTE}</body></message>`);
      const big = `<query xmlns='jabber:iq:register'>${MEGABYTE}</query>`;
      assert.equal(await evil.ask(`eve@${EVIL}`, COMPONENT, "set", big), "policy-violation");
    });
    assert.ok(await world.daemon.isReady());
  });

  test("pitfall 58: the longest post of a pod arrives, however much it grows on its way", async () => {
    const { world, alice, anna } = siege();
    const guid = newGuid();
    const text = "<&\u20ac>".repeat(16_000);
    const payload = statusMessage(alice, { guid, text });
    assert.equal((await postPublic(world.peer, BASE, seal(payload, alice))).status, 202);
    await until("the event", () => anna.items.find(({ id }) => id === guid), 40_000);
    assert.ok(await world.daemon.isReady());
  });
}

function floods(siege: () => Siege): void {
  const subscription = (from: string, to: string, id: string): string =>
    `<iq type='set' id='${id}' from='${from}' to='${to}'><pubsub xmlns='${NS_PUBSUB}'>` +
    `<subscribe node='${NODE}' jid='${from}'/></pubsub></iq>`;

  test(`pitfall 86: ${String(FLOOD)} subscriptions by one stranger, and by as many, are bounded`, async (t) => {
    const { alice, evil, anna, world } = siege();
    const to = virtualJid(alice.id, COMPONENT);
    const was = memoryOf(siege());
    const byOne = await flood(evil, (n, id) =>
      subscription(`eve@${EVIL}`, virtualJid(`p${String(n)}@pod-a.example`, COMPONENT), id),
    );
    const byMany = await flood(evil, (n, id) => subscription(`m${String(n)}@${EVIL}`, to, id));
    t.diagnostic(`one: ${JSON.stringify([...byOne])}, many: ${JSON.stringify([...byMany])}`);
    const tooMuch = (counts: Map<string, number>): number =>
      (counts.get("policy-violation") ?? 0) + (counts.get("resource-constraint") ?? 0);
    assert.ok(tooMuch(byOne) >= FLOOD - 500, "one stranger was let do what they want");
    const grown = memoryOf(siege()) - was;
    t.diagnostic(`the daemon has grown by ${grown.toFixed(0)} MB`);
    assert.ok(grown < MOST_GROWN_MB, `${grown.toFixed(0)} MB`);
    const said = await figures(siege());
    assert.ok(
      said(refused("policy-violation")) + said(refused("resource-constraint")) >= tooMuch(byOne),
    );
    // Anna was there all the time.
    assert.equal((await subscribe(anna, to)).type, "result");
    assert.ok(await world.daemon.isReady());
  });

  test("messages and presences of a flood are dropped and counted, and not answered", async () => {
    const { evil, alice } = siege();
    const to = virtualJid(alice.id, COMPONENT);
    const from = evil.heard.length;
    const turnedAway = async (): Promise<number> => {
      const now = await figures(siege());
      return now(dropped("too-fast")) + now(dropped("crowded"));
    };
    const was = await turnedAway();
    for (let n = 0; n < FLOOD; n += 1) {
      const head = `from='eve@${EVIL}' to='${to}'`;
      await evil.raw(`<message type='chat' ${head}><body>hello ${String(n)}</body></message>`);
      await evil.raw(`<presence type='subscribe' ${head}/>`);
    }
    await until("most turned away", async () => (await turnedAway()) - was >= 2 * FLOOD - 900);
    await evil.ask(EVIL, COMPONENT, "get", PING);
    // What was let in may be refused, one answer each.
    assert.ok(evil.heard.length - from < 900, String(evil.heard.length - from));
  });
}

function afterwards(siege: () => Siege): void {
  test("after all that posts go both ways, and the gateway has told nobody anything else", async () => {
    const { world, alice, anna, mallory } = siege();
    await goesOn(siege(), "after the siege");
    const guid = newGuid();
    const payload = statusMessage(alice, { guid, text: "it is over" });
    assert.equal((await postPublic(world.peer, BASE, seal(payload, alice))).status, 202);
    await until("the event", () => anna.items.find(({ id }) => id === guid), 40_000);
    const toMallory = mallory.stanzas.filter(({ attrs }) => {
      const from: unknown = attrs["from"];
      return typeof from === "string" && from.endsWith(COMPONENT);
    });
    assert.deepEqual(toMallory.map(String), []);
  });
}
