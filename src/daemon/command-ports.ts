/** What people can do by a command, as the rules and the store know it. */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { chatToMarkdown } from "../activitystreams/readable.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { requireAccount } from "../bridge/actor.ts";
import { exportLines } from "../bridge/export.ts";
import { hostedNode, POSTS_NODE } from "../bridge/nodes.ts";
import type { Account, KnownPerson, Relationship } from "../bridge/ports.ts";
import type { MicroblogView } from "../bridge/who.ts";
import type { CommandPorts, FoundPerson } from "../commands/ports.ts";
import type { RegistrationPorts } from "../commands/register.ts";
import { itemUri } from "../pep/links.ts";
import { guidOfItem } from "./found-item.ts";
import type { OwnPosts } from "./own-post.ts";
import type { Rules } from "./rules.ts";

export interface CommandPortsOptions {
  /** The component's domain. */
  readonly domain: Jid;
  readonly rules: Rules;
  readonly registration: RegistrationPorts;
  readonly own: OwnPosts;
  /** How a person's server shows their microblog now. */
  readonly view: (jid: Jid) => Promise<MicroblogView>;
  readonly confirmPurge: CommandPorts["confirmPurge"];
}

export function createCommandPorts(options: CommandPortsOptions): CommandPorts {
  const { rules, domain } = options;
  const { store } = rules;
  const found = async (jid: Jid, id: DiasporaId): Promise<FoundPerson> => {
    const account = await requireAccount(jid, store);
    const person = await rules.findRemote(id);
    return await shown(options, account, person);
  };
  const then =
    (act: (jid: Jid, id: DiasporaId) => Promise<unknown>) =>
    async (jid: Jid, id: DiasporaId): Promise<FoundPerson> => {
      await act(jid, id);
      return await found(jid, id);
    };
  return {
    registration: options.registration,
    acts: rules.acts,
    follow: then((jid, id) => rules.follow({ jid, id, node: POSTS_NODE, by: "presence" })),
    unfollow: then(rules.unfollowWholly),
    block: then(rules.block),
    unblock: then(rules.unblock),
    lookup: found,
    async contacts(jid) {
      const account = await requireAccount(jid, store);
      const contacts = await store.contactsOf(account.key);
      return contacts.map(({ person, is }) => foundPerson(person, is, domain));
    },
    preferences: async (jid) => store.preferencesOf((await requireAccount(jid, store)).key),
    async setPreferences(jid, change) {
      const account = await requireAccount(jid, store);
      await store.transaction((tx) => tx.setPreferences(account.key, change));
      // Whether somebody wants to be found stands in the profile.
      if (change.searchable !== undefined) await rules.profileChanged(jid, {});
    },
    deliveries: async (jid, wanted) =>
      store.deliveriesOf((await requireAccount(jid, store)).key, wanted),
    retry: (jid, guid) => rules.retry({ jid, guid }),
    whoSees: rules.whoSees,
    whoWouldSee: async (jid) => rules.whoWouldSee(jid, await options.view(jid)),
    async *everything(jid, skip) {
      yield* exportLines(await requireAccount(jid, store), skip, new Date(), store);
    },
    ...options.own,
    hostedAt: (jid: Jid, guid: Guid) => itemUri(domain, hostedNode(jid), guid),
    guidOfItem: (jid, uri) => guidOfItem(jid, uri, domain, rules),
    confirmPurge: options.confirmPurge,
    markdownOf: chatToMarkdown,
  };
}

async function shown(
  { rules: { store }, domain }: CommandPortsOptions,
  account: Account,
  person: KnownPerson,
): Promise<FoundPerson> {
  const is = await store.transaction((tx) => tx.relationship(account.key, person.key));
  return foundPerson(person, is, domain);
}

function foundPerson(person: KnownPerson, is: Relationship, domain: Jid): FoundPerson {
  const { diasporaId: id, name, podUrl, guid } = person;
  return { id, name, jid: virtualJid(id, domain), url: `${podUrl}people/${guid}`, is };
}
