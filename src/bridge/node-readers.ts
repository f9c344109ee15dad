/**
 * Who of the federation reads a node that is not for everybody. Its access model is its server's
 * business (presence, roster groups, a list): the server is asked as each contact whether it shows
 * the item to them, and what it shows on its own side, it shows here. Only where its owner wants
 * that.
 */
import type { DiasporaId } from "../activitystreams/ids.ts";
import type { Account, BridgeStore, KnownPerson } from "./ports.ts";

/** Each is a question to the server of the person. Whoever is not asked does not get it. */
const MOST_ASKED = 200;
const AT_ONCE = 8;

/** `shows`: whether the person's server shows the item to this contact. */
export async function contactsShown(
  account: Account,
  shows: ((id: DiasporaId) => Promise<boolean>) | undefined,
  store: Pick<BridgeStore, "preferencesOf" | "transaction">,
): Promise<KnownPerson[]> {
  if (shows === undefined) return [];
  const { limited } = await store.preferencesOf(account.key);
  if (limited === "home") return [];
  const contacts = await store.transaction((tx) => tx.limitedReaders(account.key));
  const readers: KnownPerson[] = [];
  for (let from = 0; from < Math.min(contacts.length, MOST_ASKED); from += AT_ONCE) {
    const some = contacts.slice(from, from + AT_ONCE);
    const shown = await Promise.all(some.map(({ diasporaId }) => shows(diasporaId)));
    readers.push(...some.filter((_, index) => shown[index] === true));
  }
  return readers;
}
