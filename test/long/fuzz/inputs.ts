/** One input for each number: a seed of the corpus, mutated once or a few times. */
import { chanceOf, type Chance } from "./chance.ts";
import type { Corpus, Door, Seed } from "./corpus.ts";
import { BYTE_MUTATIONS, grown, MAX_INPUT_BYTES, TEXT_MUTATIONS } from "./mutate-bytes.ts";
import type { Mutation } from "./mutate-bytes.ts";
import { grownMarkup, MARKUP_MUTATIONS } from "./mutate-markup.ts";
import { asForm, changeBase64, changeJson, grownJson } from "./mutate-values.ts";
import { sealed } from "./sealing.ts";

export interface Input {
  /** The vector that it was made of. */
  readonly name: string;
  readonly door: Door;
  readonly recipient: string | null;
  readonly bytes: Buffer;
}

type Grow = (text: string, room: number, chance: Chance) => string;

const isJson = (text: string): boolean => text.trimStart().startsWith("{");

function mutationsFor(text: string): readonly (readonly Mutation[])[] {
  if (isJson(text)) return [TEXT_MUTATIONS, [changeBase64], [changeJson], [changeJson]];
  if (text.includes("<"))
    return [TEXT_MUTATIONS, MARKUP_MUTATIONS, MARKUP_MUTATIONS, [changeBase64]];
  return [TEXT_MUTATIONS];
}

function growFor(text: string, chance: Chance): Grow {
  if (chance.often(0.3)) return grown;
  if (isJson(text)) return grownJson;
  return text.includes("<") ? grownMarkup : grown;
}

/** Few changes are common: with many, everything is refused at the first check. */
function mutated(text: string, room: number, chance: Chance): string {
  let changed = text;
  const times = chance.pick([0, 1, 1, 1, 2, 2, 3, 5]);
  for (let i = 0; i < times && changed.length < 100_000; i += 1) {
    changed = chance.pick(chance.pick(mutationsFor(changed)))(changed, chance);
  }
  const left = room - Buffer.byteLength(changed);
  return chance.often(0.01) && left > 0 ? growFor(changed, chance)(changed, left, chance) : changed;
}

/** Base64 makes four bytes of three, once for the signature, once more under AES. */
function innerRoom(chance: Chance): number {
  return Math.floor(MAX_INPUT_BYTES * chance.pick([0.7, 0.5]));
}

const DOCUMENTS: readonly Door[] = [
  "webfinger",
  "xrd",
  "host-meta",
  "hcard",
  "nodeinfo",
  "text",
  "xhtml",
  "entry",
  "attachments",
  "card",
  "stanza",
];

/** The doors of messages have most of the seeds, and are meant to be tried most. */
function seedFor(corpus: Corpus, chance: Chance): Seed {
  if (chance.often(0.2)) return chance.pick(corpus.seeds);
  if (chance.often(0.5)) {
    const door = chance.pick(DOCUMENTS);
    return chance.pick(corpus.seeds.filter((seed) => seed.door === door));
  }
  const { text } = chance.pick(corpus.payloads);
  return sealed(mutated(text, innerRoom(chance), chance), corpus, chance);
}

export function inputOf(corpus: Corpus, seed: number, iteration: number): Input {
  const chance = chanceOf(seed, iteration);
  const { name, door, recipient, text } = seedFor(corpus, chance);
  // What was signed after its mutation is mostly left as it is, or few would be accepted.
  const outer = name !== "sealed" || chance.often(0.2);
  const written = outer ? mutated(text, MAX_INPUT_BYTES, chance) : text;
  const receives = door === "public" || door === "private";
  const body = receives && chance.often(0.1) ? asForm(written, chance) : written;
  const bytes = Buffer.from(body);
  const changed = outer && chance.often(0.1) ? chance.pick(BYTE_MUTATIONS)(bytes, chance) : bytes;
  return { name, door, recipient, bytes: changed.subarray(0, MAX_INPUT_BYTES) };
}
