/** Who is in a story: Romeo by one bridge, Juliet by the other, Paula on a pod of her own. */
import assert from "node:assert/strict";
import { newPerson } from "./peer-person.ts";
import type { Said, Someone } from "./story-person.ts";
import { topOf } from "./story-person.ts";
import { podPerson, type PodPerson } from "./story-pod.ts";
import { startStoryWorld, type StoryWorld } from "./story-world.ts";
import { xmppPerson, type XmppPerson } from "./story-xmpp.ts";

export const NAMES = ["romeo", "juliet", "paula"] as const;
export type Name = (typeof NAMES)[number];

export interface Cast {
  readonly romeo: XmppPerson;
  readonly juliet: XmppPerson;
  readonly paula: PodPerson;
  /** Lives on another pod, and nobody knows her. */
  readonly carol: PodPerson;
}

export interface Theatre {
  readonly world: StoryWorld;
  /** Everybody with a client who ever entered. */
  readonly clients: readonly XmppPerson[];
  /** Somebody more, at the bridge of Romeo or of Juliet. */
  enter(name: string, home: "romeo" | "juliet"): Promise<XmppPerson>;
  /** People of their own, who do not know each other. */
  strangers(): Promise<Cast>;
  /** Each shares with each. */
  friends(): Promise<Cast>;
}

/** `casts`: as many as there may be. */
export async function openTheatre(casts: number): Promise<Theatre> {
  const people = (name: string, pod: string) =>
    Array.from({ length: casts }, (_, n) =>
      newPerson(`${name}${String(n)}@${pod}-${String(n)}.example`, 1024),
    );
  const [paulas, carols] = [people("paula", "pod"), people("carol", "other-pod")];
  const world = await startStoryWorld([...paulas, ...carols]);
  const clients: XmppPerson[] = [];
  let next = 0;

  const enter: Theatre["enter"] = async (name, home) => {
    const bridge = world.bridges[home === "romeo" ? 0 : 1];
    const person = xmppPerson(await world.enter(name, bridge), bridge);
    clients.push(person);
    return person;
  };
  const strangers = async (): Promise<Cast> => {
    const number = next;
    next += 1;
    const [paula, carol] = [paulas[number], carols[number]];
    assert.ok(paula !== undefined && carol !== undefined, "more stories than casts");
    const [romeo, juliet] = await Promise.all([
      enter(`romeo${String(number)}`, "romeo"),
      enter(`juliet${String(number)}`, "juliet"),
    ]);
    return { romeo, juliet, paula: podPerson(world, paula), carol: podPerson(world, carol) };
  };
  const friends = async (): Promise<Cast> => {
    const cast = await strangers();
    const { romeo, juliet, paula } = cast;
    await Promise.all([befriend(romeo, juliet), befriend(juliet, paula), befriend(paula, romeo)]);
    return cast;
  };
  return { world, clients, enter, strangers, friends };
}

async function befriend(one: Someone, other: Someone): Promise<void> {
  await Promise.all([one.sharesWith(other), other.sharesWith(one)]);
  await Promise.all([one.seesSharing(other), other.seesSharing(one)]);
}

export function isXmpp(person: Someone): person is XmppPerson {
  return "client" in person;
}

export function everybody({ romeo, juliet, paula }: Cast): Someone[] {
  return [romeo, juliet, paula];
}

export function othersThan(cast: Cast, one: Someone): Someone[] {
  return everybody(cast).filter(({ id }) => id !== one.id);
}

export async function seenOnce(said: Said, people: readonly Someone[]): Promise<void> {
  await Promise.all(people.map((person) => person.sees(said)));
  for (const person of people) {
    const what = `${person.id}: the ${said.kind} of ${said.by.id}`;
    assert.equal(await person.timesSeen(said), 1, what);
  }
}

/** Something below a post: the post's author, whose place passes it on, sees it first. */
export async function spreads(cast: Cast, said: Said): Promise<void> {
  const { by } = topOf(said);
  if (by.id !== said.by.id) await by.sees(said);
  await seenOnce(said, othersThan(cast, said.by));
}

export async function ends(cast: Cast, said: Said): Promise<void> {
  const { by } = topOf(said);
  if (by.id !== said.by.id) await by.seesGone(said);
  await Promise.all(othersThan(cast, said.by).map((person) => person.seesGone(said)));
}

/** A post that everybody has. */
export async function known(cast: Cast, post: Promise<Said>): Promise<Said> {
  const said = await post;
  await Promise.all(othersThan(cast, said.by).map((person) => person.sees(said)));
  return said;
}

/** Their servers tell nobody of the end of what was never agreed to. */
export async function everybodyLetsIn(cast: Cast): Promise<void> {
  for (const one of [cast.romeo, cast.juliet]) {
    for (const other of othersThan(cast, one)) await one.letsIn(other);
  }
}
