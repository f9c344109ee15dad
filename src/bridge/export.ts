/** Everything that is kept of a person, for them to take along: docs/export.md has the format. */
import type { DiasporaId } from "../activitystreams/ids.ts";
import type { Profile } from "../activitystreams/activity.ts";
import type { Seen } from "../activitystreams/stream.ts";
import type { Account, BridgeStore, Preferences, Relationship } from "./ports.ts";

/** One line of it. What it is made of has no other form in JSON than what JSON.stringify gives. */
export type ExportLine =
  | {
      readonly is: "header";
      readonly format: "diaspora-x-export";
      readonly version: 1;
      readonly made: Date;
      readonly person: Omit<Account, "key">;
    }
  | { readonly is: "profile"; readonly profile: Profile }
  | { readonly is: "preferences"; readonly preferences: Preferences }
  | ({ readonly is: "contact"; readonly id: DiasporaId; readonly name: string } & Relationship)
  | ({
      readonly is: "activity" | "received";
      readonly by: DiasporaId;
      readonly item: string;
    } & Pick<Seen["activity"], "verb" | "object" | "audience" | "published">)
  | { readonly is: "end"; readonly lines: number };

/** In pieces, so that it needs no more memory for more; but the first `skip` lines. */
export async function* exportLines(
  account: Account,
  skip: number,
  made: Date,
  store: BridgeStore,
): AsyncIterable<ExportLine> {
  const first = await shortLines(account, made, store);
  const { said, received } = await store.countsOf(account.key);
  const skipped = { said: skip - first.length, received: skip - first.length - said };
  yield* first.slice(skip);
  if (skipped.said < said) {
    for await (const seen of store.everythingOf(account.key, Math.max(0, skipped.said))) {
      yield activityLine("activity", seen);
    }
  }
  if (skipped.received < received) {
    for await (const seen of store.receivedBy(account.key, Math.max(0, skipped.received))) {
      yield activityLine("received", seen);
    }
  }
  const lines = first.length + said + received + 1;
  if (skip < lines) yield { is: "end", lines };
}

/** As many as the person has contacts, and a few. */
async function shortLines(account: Account, made: Date, store: BridgeStore): Promise<ExportLine[]> {
  const { key, ...person } = account;
  const profile = await store.transaction((tx) => tx.toldProfile(key));
  const contacts = await store.contactsOf(key);
  return [
    { is: "header", format: "diaspora-x-export", version: 1, made, person },
    ...(profile === null ? [] : ([{ is: "profile", profile }] as const)),
    { is: "preferences", preferences: await store.preferencesOf(key) },
    ...contacts.map(({ person: { diasporaId: id, name }, is }): ExportLine => {
      return { is: "contact", id, name, ...is };
    }),
  ];
}

function activityLine(is: "activity" | "received", { activity, author, itemId }: Seen): ExportLine {
  const { verb, object, audience, published } = activity;
  return { is, by: author.diasporaId, verb, object, audience, published, item: itemId };
}
