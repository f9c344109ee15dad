/** Plays a transcript in a world: the clients are real ones, the people live on the peer. */
import { attr, pause, until, type Stanza } from "./e2e-client.ts";
import { toStanza } from "./e2e-social.ts";
import type { World } from "./e2e-world.ts";
import { actorOf, QUIET_MS, type Actor, type Play, type StepKind } from "./transcript-stage.ts";
import type { PeerPerson } from "./peer-person.ts";
import { elementsOf, parseXml } from "./peer-xml.ts";
import { mismatch, type Values } from "./transcript-match.ts";
import { askingSteps } from "./transcript-asking.ts";
import { clientSteps } from "./transcript-client.ts";
import { podSteps } from "./transcript-pod.ts";
import { filled, renamed, type Step, type Transcript } from "./transcript-read.ts";

/** Where no event comes, a node is looked at after 5, 10 and 20 seconds. */
const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 200;

const STANZA_STEPS: readonly StepKind[] = [
  {
    pattern: /^(\w+) sends$/,
    run: (play, [who = ""], body) => sends(play, actorOf(play, who), body),
  },
  { pattern: /^Bridge answers$/, run: (play, _, body) => answers(play, body) },
  { pattern: /^Bridge answers in the end$/, run: (play, _, body) => answersInTheEnd(play, body) },
  {
    pattern: /^(\w+) receives$/,
    run: async (play, [who = ""], body) => {
      for (const stanza of stanzasIn(body)) await receives(play, actorOf(play, who), stanza);
    },
  },
  {
    pattern: /^(\w+) does not receive$/,
    run: (play, [who = ""], body) => doesNotReceive(play, actorOf(play, who), body),
  },
  { pattern: /^Nothing happens$/, run: () => pause(QUIET_MS) },
  { pattern: /^(\d+) seconds pass$/, run: (_, [seconds = ""]) => pause(Number(seconds) * 1_000) },
];

const KINDS = [...STANZA_STEPS, ...clientSteps, ...podSteps, ...askingSteps];

export async function playTranscript(
  world: World,
  transcript: Transcript,
  cast: ReadonlyMap<string, PeerPerson>,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const actors = new Map<string, Actor>();
  try {
    for (const name of transcript.clients) {
      const client = await world.connect(names.get(name) ?? name);
      actors.set(name, { client, passed: new Set() });
    }
    const people = new Map([...cast].map(([id, person]) => [id.slice(0, id.indexOf("@")), person]));
    const values: Values = new Map();
    for (const [name, person] of people) values.set(`${name}.guid`, person.guid);
    const play: Play = { world, actors, people, values, authors: new Map(), asked: null };
    for (const step of transcript.steps) await playStep(play, transcript, step, names);
  } finally {
    await Promise.all([...actors.values()].map(({ client }) => client.close()));
  }
}

async function playStep(
  play: Play,
  { name }: Transcript,
  { line, sentence, body }: Step,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  for (const kind of KINDS) {
    const words = kind.pattern.exec(sentence);
    if (words === null) continue;
    try {
      await kind.run(play, words.slice(1), renamed(body, names));
      return;
    } catch (error) {
      if (error instanceof Error)
        error.message = `${name}:${String(line)} "${sentence}"\n${error.message}`;
      throw error;
    }
  }
  throw new Error(`${name}:${String(line)} is no step that is known: ${sentence}`);
}

export function stanzasIn(body: string): ReturnType<typeof parseXml>[] {
  return elementsOf(parseXml(`<all>${body}</all>`));
}

async function sends(play: Play, actor: Actor, body: string): Promise<void> {
  for (const element of stanzasIn(filled(body, play.values))) {
    const stanza = toStanza(element);
    const { stanzas } = actor.client;
    if (stanza.is("iq")) {
      play.asked = { actor, stanza, id: attr(stanza, "id"), from: stanzas.length };
    }
    await actor.client.send(stanza);
  }
}

async function answers(play: Play, body: string): Promise<void> {
  const { asked } = play;
  if (asked === null) throw new Error("nobody has asked");
  const answer = await until(
    "an answer",
    () => asked.actor.client.stanzas.slice(asked.from).find((each) => isAnswer(each, asked.id)),
    PATIENCE_MS,
  );
  const [pattern] = stanzasIn(filled(body, play.values));
  if (pattern === undefined) throw new Error("the step has no stanza");
  const said = mismatch(pattern, parseXml(answer.toString()), play.values);
  if (said !== null) throw new Error(`${said}\nin ${answer.toString()}`);
}

/** What it is about may still be on its way: it is asked again until it is there. */
async function answersInTheEnd(play: Play, body: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await answers(play, body);
      return;
    } catch (error) {
      if (play.asked === null || performance.now() > deadline) throw error;
      const { actor, stanza } = play.asked;
      await pause(ASK_AGAIN_MS);
      play.asked = { ...play.asked, from: actor.client.stanzas.length };
      await actor.client.send(stanza);
    }
  }
}

function isAnswer(stanza: Stanza, id: string): boolean {
  const type = attr(stanza, "type");
  return stanza.is("iq") && attr(stanza, "id") === id && (type === "result" || type === "error");
}

/** What one sender sends comes in its order; different ones do not wait for each other. */
async function receives(
  play: Play,
  actor: Actor,
  pattern: ReturnType<typeof parseXml>,
): Promise<void> {
  const found = await until("", () => taken(play, actor, pattern), PATIENCE_MS).catch(() => null);
  if (found !== null) return;
  const seen = actor.client.stanzas
    .filter((stanza) => !actor.passed.has(stanza) && stanza.name === pattern.tagName)
    .map((stanza) => `${reasonOf(play, pattern, stanza)}\n  in ${stanza.toString()}`);
  throw new Error(`it did not come; what came:\n${seen.join("\n")}`);
}

function taken(play: Play, actor: Actor, pattern: ReturnType<typeof parseXml>): boolean {
  for (const stanza of actor.client.stanzas) {
    if (actor.passed.has(stanza)) continue;
    const values: Values = new Map(play.values);
    if (mismatch(pattern, parseXml(stanza.toString()), values) !== null) continue;
    for (const [name, value] of values) play.values.set(name, value);
    pass(actor, stanza);
    return true;
  }
  return false;
}

function pass(actor: Actor, stanza: Stanza): void {
  const { stanzas } = actor.client;
  for (const each of stanzas.slice(0, stanzas.indexOf(stanza) + 1)) {
    const isSame = each.name === stanza.name && attr(each, "from") === attr(stanza, "from");
    if (isSame) actor.passed.add(each);
  }
}

function reasonOf(play: Play, pattern: ReturnType<typeof parseXml>, stanza: Stanza): string {
  return mismatch(pattern, parseXml(stanza.toString()), new Map(play.values)) ?? "it fits";
}

async function doesNotReceive(play: Play, actor: Actor, body: string): Promise<void> {
  await pause(QUIET_MS);
  for (const pattern of stanzasIn(body)) {
    for (const stanza of actor.client.stanzas.filter((each) => !actor.passed.has(each))) {
      const fits = mismatch(pattern, parseXml(stanza.toString()), new Map(play.values)) === null;
      if (fits) throw new Error(`it came: ${stanza.toString()}`);
    }
  }
}
