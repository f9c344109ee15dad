/** The transcripts of the tests, and the one world in which all of them are played. */
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startWorld, type ServerKind, type World } from "./e2e-world.ts";
import { notYet } from "./not-yet.ts";
import { newPerson, type PeerPerson } from "./peer-person.ts";
import { playTranscript } from "./transcript-play.ts";
import { readTranscript, type Transcript } from "./transcript-read.ts";

const FOLDER = new URL("../transcripts/", import.meta.url);
const AT_ONCE = 8;

export function transcriptsIn(folder: string): Transcript[] {
  const place = new URL(`${folder}/`, FOLDER);
  return readdirSync(place)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => readTranscript(`${folder}/${name}`, readFileSync(new URL(name, place), "utf8")));
}

/** Each transcript is one test, with people of its own: they do not see each other. */
export function testTranscripts(server: ServerKind, folders: readonly string[]): void {
  const all = folders.flatMap((folder) => transcriptsIn(folder));
  const casts = all.map((transcript, index) => castOf(transcript, index));
  describe(`transcripts on ${server}`, { concurrency: AT_ONCE }, () => {
    let world: World;
    before(async () => {
      const people = casts.flatMap(({ people }) => [...people.values()]);
      world = await startWorld({
        server,
        people,
        forceNodeConfig: true,
        privileged: true,
        quickKeys: true,
      });
    });
    after(async () => {
      await world.close();
    });
    for (const [index, transcript] of all.entries()) {
      const { name, title, headers } = transcript;
      const needs = headers.get("Needs");
      const isElsewhere = !(headers.get("Servers") ?? server).split(/, */).includes(server);
      const skip =
        (needs !== undefined && notYet(needs)) || (isElsewhere && "not run: of other servers");
      test(`${name}: ${title}`, { skip }, async () => {
        const cast = casts[index];
        if (cast !== undefined) await playTranscript(world, transcript, cast.people, cast.names);
      });
    }
  });
}

interface Cast {
  /** By the ID in the file. */
  readonly people: ReadonlyMap<string, PeerPerson>;
  /** Name in the file → name in this world. */
  readonly names: ReadonlyMap<string, string>;
}

function castOf({ clients, people }: Transcript, index: number): Cast {
  const own = (name: string): string => `${name}${String(index + 1)}`;
  const short = people.map((id) => id.slice(0, id.indexOf("@")));
  return {
    names: new Map([...clients, ...short].map((name) => [name, own(name)])),
    people: new Map(
      people.map((id) => {
        const at = id.indexOf("@");
        return [id, newPerson(`${own(id.slice(0, at))}${id.slice(at)}`, 1024)];
      }),
    ),
  };
}
