/**
 * Steps of transcripts that a client of any make does with its own server, each server in
 * its own way: going online, opting in, publishing in the own node.
 */
import { randomUUID } from "node:crypto";
import { until } from "./e2e-client.ts";
import { createCommentsNode, itemsOfNode } from "./e2e-comments.ts";
import {
  configureNode,
  goOnline,
  optIn,
  publish,
  retract,
  subscribe,
  untilSubscribed,
  virtualJid,
} from "./e2e-social.ts";
import { COMPONENT, DOMAIN } from "./e2e-world.ts";
import type { PeerPerson } from "./peer-person.ts";
import { fits, type Values } from "./transcript-match.ts";
import { actorOf, type Play, type StepKind } from "./transcript-stage.ts";

const COMMENTS = `comments.${DOMAIN}`;

export const clientSteps: readonly StepKind[] = [
  { pattern: /^(\w+) is online$/, run: (play, [who = ""]) => goOnline(actorOf(play, who).client) },
  {
    pattern: /^(\w+) opts in$/,
    run: (play, [who = ""]) => optIn(actorOf(play, who).client, COMPONENT),
  },
  { pattern: /^(\w+) follows (\w+)$/, run: (play, words) => follows(play, words) },
  {
    pattern: /^(\w+) publishes \{(\w+)\}$/,
    run: async (play, [who = "", item = ""], body) => {
      play.values.set(item, await published(play, who, body));
    },
  },
  {
    pattern: /^(\w+) closes the node$/,
    run: async (play, [who = ""]) => {
      await configureNode(actorOf(play, who).client, "presence");
    },
  },
  {
    pattern: /^(\w+) publishes \{(\w+)\} to contacts$/,
    run: async (play, [who = "", item = ""], body) => {
      const { client } = actorOf(play, who);
      const { id } = await publish(client, { text: wordsOf(body) }, "presence");
      play.values.set(item, id);
    },
  },
  {
    pattern: /^(\w+) publishes \{(\w+)\} with comments$/,
    run: async (play, [who = "", item = ""], body) => {
      const { client } = actorOf(play, who);
      const id = randomUUID();
      const comments = await createCommentsNode(client, COMMENTS, id);
      play.values.set(item, id).set(`${item}.comments`, comments.node);
      play.values.set(`${item}.service`, comments.service);
      await publish(client, { text: wordsOf(body), id, comments });
    },
  },
  {
    pattern: /^(\w+) finds in the comments of \{(\w+)\}$/,
    run: (play, [who = "", item = ""], body) => finds(play, who, item, pairsIn(body)),
  },
  {
    pattern: /^(\w+) publishes \{(\w+)\} again$/,
    run: async (play, [who = "", item = ""], body) => {
      await published(play, who, body, play.values.get(item));
    },
  },
  {
    pattern: /^(\w+)'s node has been subscribed to$/,
    run: (play, [who = ""]) => untilSubscribed(actorOf(play, who).client, COMPONENT),
  },
  {
    pattern: /^(\w+) retracts the item \{(\w+)\}$/,
    run: (play, [who = "", item = ""]) =>
      retract(actorOf(play, who).client, play.values.get(item) ?? ""),
  },
];

async function follows(play: Play, [who = "", whom = ""]: readonly string[]): Promise<void> {
  const answer = await subscribe(actorOf(play, who).client, addressOf(personOf(play, whom)));
  if (answer.type === "error") throw new Error(answer.stanza.toString());
}

/** As Movim does it; the item's id. */
async function published(play: Play, who: string, body: string, id?: string): Promise<string> {
  const post = { text: wordsOf(body), ...(id === undefined ? {} : { id }) };
  return (await publish(actorOf(play, who).client, post)).id;
}

export function personOf(play: Play, who: string): PeerPerson {
  const person = play.people.get(who.toLowerCase());
  if (person === undefined) throw new Error(`${who} is no person of this transcript`);
  return person;
}

export function addressOf(person: PeerPerson): string {
  return virtualJid(person.id, COMPONENT);
}

async function finds(
  play: Play,
  who: string,
  item: string,
  wanted: readonly (readonly [string, string])[],
): Promise<void> {
  const service = play.values.get(`${item}.service`) ?? "";
  const node = { service, node: play.values.get(`${item}.comments`) ?? "" };
  const look = async (): Promise<Values | undefined> => {
    const items = await itemsOfNode(actorOf(play, who).client, node);
    for (const [id, { publisher, entry }] of items) {
      const title = entry?.getChildText("title") ?? "";
      const got = new Map([...Object.entries({ id, publisher, title })]);
      const values: Values = new Map(play.values);
      if (wanted.every(([key, value]) => fits(value, got.get(key) ?? "", values))) return values;
    }
    return undefined;
  };
  for (const [name, value] of await until("it is there", look)) play.values.set(name, value);
}

/** `key: value` lines. */
export function pairsIn(body: string): (readonly [string, string])[] {
  return wordsOf(body)
    .split("\n")
    .map((line) => {
      const [, key = "", value = ""] = /^([a-z_]+): ?(.*)$/.exec(line) ?? [];
      if (key === "") throw new Error(`no "key: value": ${line}`);
      return [key, value] as const;
    });
}

/** The indented lines as the text that they are. */
export function wordsOf(body: string): string {
  return body
    .split("\n")
    .map((line) => line.slice(2))
    .join("\n")
    .trim();
}
