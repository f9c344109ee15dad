/** The receiver's knowledge as a vector gives it, as the effects that openPublic asks for. */
import { z } from "zod";
import { parseDiasporaId, type DiasporaId } from "../../src/activitystreams/ids.ts";
import type { OpenDeps, RelatedEntity } from "../../src/salmon/receive/related.ts";
import type { Role, Surroundings, World } from "./vectors.ts";

const NARROWED = z.object({ persons_known: z.array(z.string()) });

export function roleOf(surroundings: Surroundings, id: string): Role | undefined {
  return [...surroundings.roles.values()].find((role) => role.diaspora_id === id);
}

export function roleNamed(surroundings: Surroundings, name: string): Role {
  const role = surroundings.roles.get(name);
  if (role === undefined) throw new RangeError(`keys.json has no ${name}`);
  return role;
}

export function idOf(text: string): DiasporaId {
  const id = parseDiasporaId(text);
  if (id === null) throw new RangeError(`no diaspora* ID: ${text}`);
  return id;
}

type Known = World["related_entities"][number];

function relatedFrom({ author, local, public: isPublic, parent }: Known): RelatedEntity {
  const own = { author: idOf(author), local, public: isPublic };
  if (parent === undefined) return own;
  const above = { author: idOf(parent.author), local: parent.local, public: parent.public };
  return { ...own, parent: above };
}

/** `world` is the vector's own word about it: the file's name, or who of it is known. */
export function depsOf(surroundings: Surroundings, world: unknown): Required<OpenDeps> {
  const narrowed = NARROWED.safeParse(world);
  const known = narrowed.success ? narrowed.data.persons_known : null;
  return {
    keyOf: (id) => {
      const found = known === null || known.includes(id) ? roleOf(surroundings, id) : undefined;
      return Promise.resolve(found?.public_key_pem ?? null);
    },
    related: (type, guid) => {
      const found = surroundings.world.related_entities.find(
        (entity) => entity.type === type && entity.guid === guid,
      );
      return Promise.resolve(found === undefined ? null : relatedFrom(found));
    },
    checkTargets: true,
    now: () => surroundings.now,
  };
}
