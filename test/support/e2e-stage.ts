/** What the flows between a client and two pods have in common: who is there, and what was said. */
import assert from "node:assert/strict";
import { until, type TestClient } from "./e2e-client.ts";
import { ourPerson, told } from "./e2e-posts.ts";
import { entryText, publish, virtualJid, type CommentsNode } from "./e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, type World } from "./e2e-world.ts";
import { seal } from "./peer-envelope.ts";
import { newGuid, statusMessage } from "./peer-messages.ts";
import { newPerson, type PeerPerson } from "./peer-person.ts";
import { postPrivate, postPublic } from "./peer.ts";

export const AFTER_RESTART_MS = 40_000;

export interface Stage {
  world: World;
  anna: TestClient;
  readonly alice: PeerPerson;
  readonly carol: PeerPerson;
  /** Anna's, one after the other. */
  readonly sessions: TestClient[];
  /** GUIDs of posts of pods that anna was to see, and that were not taken back. */
  readonly toAnna: Set<string>;
  /** Texts of posts that both pods were to see, each once. */
  readonly fromAnna: Set<string>;
}

export function newStage(): Stage {
  const open: { world?: World; anna?: TestClient } = {};
  const there = <T>(value: T | undefined): T => {
    assert.ok(value !== undefined, "the stage is not open");
    return value;
  };
  return {
    get world() {
      return there(open.world);
    },
    set world(world) {
      open.world = world;
    },
    get anna() {
      return there(open.anna);
    },
    set anna(anna) {
      open.anna = anna;
    },
    alice: newPerson("alice@pod-a.example", 1024),
    carol: newPerson("carol@pod-c.example", 1024),
    sessions: [],
    toAnna: new Set(),
    fromAnna: new Set(),
  };
}

export function addressOf(person: PeerPerson): string {
  return virtualJid(person.id, COMPONENT);
}

/** The component's own comments node of a post. */
export function commentsOf(guid: string): CommentsNode {
  return { service: COMPONENT, node: `urn:xmpp:microblog:0:comments/${guid}` };
}

export async function tell(stage: Stage, sender: PeerPerson, payload: string): Promise<void> {
  const answer = await postPublic(stage.world.peer, BASE, seal(payload, sender));
  assert.equal(answer.status, 202);
}

export async function tellAnna(stage: Stage, sender: PeerPerson, payload: string): Promise<void> {
  const { peer } = stage.world;
  const me = await ourPerson(peer, stage.anna);
  assert.equal((await postPrivate(peer, me, payload, sender)).status, 202);
}

export async function logInAnna(stage: Stage): Promise<void> {
  stage.anna = await stage.world.connect("anna");
  stage.sessions.push(stage.anna);
}

/** Anna's post, and what the pods call it. */
export async function published(
  stage: Stage,
  text: string,
  post: { readonly id?: string; readonly comments?: CommentsNode } = {},
): Promise<{ readonly id: string; readonly guid: string }> {
  const { id } = await publish(stage.anna, { text, ...post });
  const wanted = { entity: "status_message", text };
  const { peer } = stage.world;
  const atAlice = await told(peer, stage.alice, wanted, AFTER_RESTART_MS);
  const atCarol = await told(peer, stage.carol, wanted, AFTER_RESTART_MS);
  assert.equal(atAlice.get("guid"), atCarol.get("guid"));
  assert.equal(atAlice.get("author"), `anna@${DOMAIN}`);
  stage.fromAnna.add(text);
  return { id, guid: atAlice.get("guid") ?? "" };
}

/** Alice's post, seen by anna. */
export async function posted(stage: Stage, text: string): Promise<string> {
  const guid = newGuid();
  await tell(stage, stage.alice, statusMessage(stage.alice, { guid, text }));
  const seen = () => stage.anna.items.find(({ id }) => id === guid);
  const event = await until(`the event of ${text}`, seen, AFTER_RESTART_MS);
  assert.equal(event.from, addressOf(stage.alice));
  assert.equal(entryText(event.entry), text);
  stage.toAnna.add(guid);
  return guid;
}
