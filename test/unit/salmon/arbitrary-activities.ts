/**
 * Activities of every kind by one author, for properties. Wild: whatever the types allow, but
 * for what must not be empty. Canonical: what comes back as it went out.
 */
import fc from "fast-check";
import type { Activity, Audience, Profile } from "../../../src/activitystreams/activity.ts";
import { tagsIn } from "../../../src/activitystreams/tags.ts";
import * as texts from "./arbitrary-texts.ts";
import { alice } from "./people.ts";

/** The kinds of words that a style is made of. */
interface Style {
  readonly title: fc.Arbitrary<string>;
  readonly text: fc.Arbitrary<string>;
  readonly name: fc.Arbitrary<string>;
  readonly url: fc.Arbitrary<string>;
  readonly time: fc.Arbitrary<Date>;
  readonly size: fc.Arbitrary<number>;
  readonly coordinate: fc.Arbitrary<string>;
  readonly timezone: fc.Arbitrary<string>;
  readonly tags: fc.Arbitrary<string[]>;
}

export const WILD: Style = {
  title: texts.wildWords,
  text: texts.wildWords,
  name: texts.wild,
  url: texts.wildUrls,
  time: texts.wildTimes,
  size: fc.oneof(fc.integer(), fc.double({ min: 0 })).map(Math.abs),
  coordinate: fc.oneof(texts.wild, fc.constant("")),
  timezone: texts.wild,
  tags: fc.array(texts.wild, { maxLength: 8 }),
};

export const CANONICAL: Style = {
  title: texts.words(255),
  text: texts.words(65_535),
  name: texts.personNames,
  url: texts.urls,
  time: texts.times,
  size: fc.nat(),
  coordinate: fc.double({ min: -180, max: 180, noNaN: true }).map(String),
  timezone: fc.constantFrom("Europe/Berlin", "America/Argentina/Salta"),
  tags: texts.tagLists,
};

const { guids, ids } = texts;
const rest = { requiredKeys: [] };
const actor = { network: "diaspora", id: alice.id } as const;
const audiences = fc.constantFrom<Audience>("public", "limited");

function parts(style: Style) {
  const place = fc.record({
    address: style.title,
    latitude: style.coordinate,
    longitude: style.coordinate,
  });
  const photo = fc.record(
    { guid: guids, url: style.url, text: style.text, width: style.size, height: style.size },
    { requiredKeys: ["guid", "url"] },
  );
  const question = fc.record({
    guid: guids,
    question: style.title,
    answers: fc.array(fc.record({ guid: guids, text: style.title }), {
      minLength: 2,
      maxLength: 4,
    }),
  });
  const event = fc.record(
    {
      type: fc.constant("event" as const),
      guid: guids,
      summary: style.title,
      description: style.text,
      start: style.time,
      end: style.time,
      allDay: fc.boolean(),
      timezone: style.timezone,
      location: place,
      edited: style.time,
    },
    { requiredKeys: ["type", "guid", "summary", "start", "allDay"] },
  );
  const page = { url: style.url, title: style.title, description: style.text, image: style.url };
  const bookmark = fc.oneof(
    fc.record(page, { requiredKeys: ["url"] }),
    fc.constant({ nothing: true } as const),
  );
  return { place, photo, question, event, bookmark };
}

function profiles(style: Style): fc.Arbitrary<Profile> {
  const { url, name } = style;
  return fc
    .record({
      names: fc.record({ name, firstName: name, lastName: name }),
      tags: style.tags,
      searchable: fc.boolean(),
      nsfw: fc.boolean(),
      more: fc.record(
        {
          photo: fc.record({ large: url, medium: url, small: url }),
          bio: style.text,
          birthday: fc.constantFrom("1004-02-29", "2000-12-31"),
          gender: style.title,
          location: style.title,
          edited: style.time,
        },
        rest,
      ),
    })
    .map(({ names, more, ...all }) => ({ type: "profile", ...all, ...names, ...more }));
}

function messages(style: Style) {
  const said = {
    type: fc.constant("message" as const),
    guid: guids,
    conversation: guids,
    markdown: style.text,
    published: style.time,
  };
  return fc.record(said);
}

const opinion = fc.record({
  type: fc.constant("opinion" as const),
  guid: guids,
  about: fc.record({ type: fc.constantFrom("post" as const, "comment" as const), guid: guids }),
});

const limited = fc.constant("limited" as const);

/** Name of a kind → its activities. */
export function activities(style: Style): Readonly<Record<string, fc.Arbitrary<Activity>>> {
  const { time, text } = style;
  const { place, photo, question, event, bookmark } = parts(style);
  const base = { actor: fc.constant(actor), audience: audiences, published: time };
  const is = <T extends string>(...of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of);
  const note = fc
    .record({
      type: is("note"),
      guid: guids,
      markdown: text,
      photos: fc.array(photo, { maxLength: 3 }),
      more: fc.record(
        { location: place, question, event, bookmark, generator: style.title, edited: time },
        rest,
      ),
    })
    .map(({ more, ...all }) => ({ ...all, ...more, tags: tagsIn(all.markdown) }));
  const image = fc
    .record({ photo, url: texts.urls, more: fc.record({ attachedTo: guids, edited: time }, rest) })
    .map(({ url, ...all }) => ({ type: "image" as const, ...all.photo, ...all.more, url }));
  const comment = fc.record(
    {
      type: is("comment"),
      guid: guids,
      markdown: text,
      inReplyTo: guids,
      thread: guids,
      edited: time,
    },
    { requiredKeys: ["type", "guid", "markdown", "inReplyTo"] },
  );
  const share = fc.record({
    type: is("share"),
    guid: guids,
    root: fc.option(fc.record({ author: ids, guid: guids })),
  });
  const attendance = fc.record(
    { type: is("attendance"), guid: guids, event: guids, edited: time },
    { requiredKeys: ["type", "guid", "event"] },
  );
  const conversation = fc.record({
    type: is("conversation"),
    guid: guids,
    subject: style.title,
    participants: fc
      .uniqueArray(ids, { minLength: 1, maxLength: 5 })
      .map((others) => [alice.id, ...others]),
    messages: fc.array(messages(style), { maxLength: 3 }),
  });
  const migration = fc
    .record({
      other: ids,
      old: fc.boolean(),
      profile: profiles(style),
      signature: fc.base64String({ minLength: 4 }),
      more: fc.record({ photoPath: style.url }, rest),
    })
    .map(({ other, old, more, ...all }) => ({
      type: "migration" as const,
      from: old ? alice.id : other,
      to: old ? other : alice.id,
      ...all,
      ...more,
    }));
  const vote = fc.record({ type: is("vote"), guid: guids, question: guids, answer: guids });
  const joined = fc.record({ type: is("participation"), guid: guids, post: guids });
  const tombstone = fc.record({
    type: is("tombstone"),
    guid: guids,
    targetType: is("Post", "Comment", "Like", "Photo", "Conversation"),
  });
  const person = fc.record({ type: is("person"), id: ids });
  const account = fc.constant({ type: "account", id: alice.id } as const);
  const privately = { ...base, audience: limited };
  return {
    note: fc.record({ verb: is("post"), ...base, object: note }),
    share: fc.record({ verb: is("share"), ...base, object: share }),
    image: fc.record({ verb: is("post"), ...base, object: image }),
    event: fc.record({ verb: is("post"), ...base, object: event }),
    comment: fc.record({ verb: is("post"), ...base, object: comment }),
    opinion: fc.record({ verb: is("like", "dislike"), ...base, object: opinion }),
    vote: fc.record({ verb: is("vote"), ...base, object: vote }),
    attendance: fc.record({
      verb: is("rsvp-yes", "rsvp-no", "rsvp-maybe"),
      ...base,
      object: attendance,
    }),
    participation: fc.record({ verb: is("join"), ...privately, object: joined }),
    conversation: fc.record({ verb: is("send"), ...privately, object: conversation }),
    message: fc
      .record({ ...privately, said: messages(style) })
      .map(({ said: { published: _, ...object }, ...all }) => ({ verb: "send", ...all, object })),
    profile: fc.record({ verb: is("update"), ...base, object: profiles(style) }),
    person: fc.record({ verb: is("follow", "unfollow", "block"), ...privately, object: person }),
    tombstone: fc.record({ verb: is("delete"), ...base, object: tombstone }),
    account: fc.record({ verb: is("terminate"), ...base, object: account }),
    migration: fc.record({ verb: is("replace"), ...base, object: migration }),
  };
}
