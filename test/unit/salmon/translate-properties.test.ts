import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { Entity } from "../../../src/salmon/entities/entity.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { activities, CANONICAL, WILD } from "./arbitrary-activities.ts";
import { alice } from "./people.ts";

const RUNS = { numRuns: 60 };

/** By the wire: as XML, and read again. */
function overTheWire(activity: Activity): Entity {
  const xml = writeEntity(activityToEntity(activity, alice.id));
  return readEntity(readXml(xml), activity.published);
}

function meaning(entity: Entity, { audience, published }: Activity): Activity {
  return entityToActivity(entity, { sender: alice.id, receivedAt: published, audience });
}

/** Profiles and events have no time but that of their last change. */
function withItsOwnTime(generated: Activity): Activity {
  // fast-check makes objects without a prototype too.
  const activity = structuredClone(generated);
  const { object } = activity;
  if (object.type !== "profile" && object.type !== "event") return activity;
  return { ...activity, published: object.edited ?? activity.published };
}

for (const [kind, arbitrary] of Object.entries(activities(CANONICAL))) {
  test(`${kind}: what goes out in its normal form comes back as the same activity`, () => {
    fc.assert(
      fc.property(arbitrary.map(withItsOwnTime), (activity) => {
        assert.deepEqual(meaning(overTheWire(activity), activity), activity);
      }),
      RUNS,
    );
  });
}

for (const [kind, arbitrary] of Object.entries(activities(WILD))) {
  test(`${kind}: whatever is in it, it is written in a form that stays`, () => {
    fc.assert(
      fc.property(arbitrary, (activity) => {
        const entity = activityToEntity(activity, alice.id);
        const read = overTheWire(activity);
        assert.deepEqual(read.properties, entity.properties, "entity → XML → entity");
        assert.equal(writeEntity(read), writeEntity(entity));
        const again = activityToEntity(meaning(read, activity), alice.id);
        assert.equal(writeEntity(again), writeEntity(entity), "nothing more is lost");
      }),
      RUNS,
    );
  });
}
