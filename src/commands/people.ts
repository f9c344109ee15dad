/** What a person does about people: find, follow, block them, write to them. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { Command, Report } from "./definition.ts";
import type { CommandPorts, FoundPerson } from "./ports.ts";
import {
  PERSON_FIELD,
  registeredCommand,
  TEXT_FIELD,
  type RegisteredCommand,
} from "./registered.ts";
import { personOf } from "./target.ts";

export function peopleCommands(ports: CommandPorts): Command[] {
  const define = (command: RegisteredCommand): Command =>
    registeredCommand(ports.registration, command);
  const about = (
    node: string,
    name: string,
    instructions: string,
    act: (jid: Jid, id: DiasporaId) => Promise<FoundPerson>,
    say: (person: FoundPerson) => string,
  ): Command =>
    define({
      node,
      name,
      instructions,
      fields: [PERSON_FIELD],
      args: ["person"],
      run: async (jid, { person }) => say(await act(jid, personOf(person))),
    });
  return [
    about(
      "follow",
      "Follow somebody",
      "They are told, and may see what you share with your contacts.",
      ports.follow,
      (person) => `You follow ${called(person)}. Messages to them go to ${person.jid}.`,
    ),
    about(
      "unfollow",
      "Follow somebody no longer",
      "They are told.",
      ports.unfollow,
      (person) => `You no longer follow ${called(person)}.`,
    ),
    lookupCommand(ports),
    contactsCommand(ports, "following", "Whom do I follow?", "You follow nobody."),
    contactsCommand(ports, "followers", "Who follows me?", "Nobody follows you."),
    about(
      "block",
      "Block somebody",
      "Nothing of theirs comes to you, and nothing of yours goes to them. They are told.",
      ports.block,
      (person) => `${called(person)} is blocked.`,
    ),
    about(
      "unblock",
      "Block somebody no longer",
      "You follow them again only when you say so.",
      ports.unblock,
      (person) => `${called(person)} is no longer blocked.`,
    ),
    messageCommand(ports),
  ];
}

function called({ name, id }: FoundPerson): string {
  return name === "" || name === id ? id : `${name} (${id})`;
}

function lookupCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "lookup",
    name: "Look somebody up",
    instructions: "Asks the person's pod, if they are not known here yet. Empty: yourself.",
    fields: [{ ...PERSON_FIELD, required: false }],
    args: ["person"],
    run: async (jid, { person }): Promise<string | Report> => {
      if (person === undefined) {
        const you = await ports.registration.find(jid);
        return `On the federation you are ${you?.diasporaId ?? "nobody"}.`;
      }
      const found = await ports.lookup(jid, personOf(person));
      return { said: called(found), lines: factsOf(found) };
    },
  });
}

function factsOf({ jid, url, is }: FoundPerson): string[] {
  return [
    `Address: ${jid}`,
    ...(url === undefined ? [] : [`Page: ${url}`]),
    is.following ? "You follow them." : "You do not follow them.",
    is.sharing ? "They follow you." : "They do not follow you.",
    ...(is.blocked ? ["You have blocked them."] : []),
    ...(is.blocking ? ["They have blocked you."] : []),
  ];
}

/** So many names are listed; the count is always told. */
const MAX_LISTED = 500;

function contactsCommand(
  ports: CommandPorts,
  node: "followers" | "following",
  name: string,
  nobody: string,
): Command {
  return registeredCommand(ports.registration, {
    node,
    name,
    instructions: "People of the federation, by name.",
    run: async (jid): Promise<Report> => {
      const people = (await ports.contacts(jid)).filter(({ is }) =>
        node === "followers" ? is.sharing : is.following,
      );
      if (people.length === 0) return { said: nobody };
      const count = `${String(people.length)} ${people.length === 1 ? "person" : "people"}:`;
      return { said: count, lines: people.slice(0, MAX_LISTED).map(called) };
    },
  });
}

function messageCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "message",
    name: "Write a private message",
    instructions: "To somebody whom you follow. Their pod can read it; nobody else.",
    fields: [
      PERSON_FIELD,
      { name: "subject", label: "Subject", kind: "text", required: false, maxLength: 255 },
      TEXT_FIELD,
    ],
    args: ["person", "text"],
    run: async (jid, { person, subject, text = "" }, { key }) => {
      await ports.acts.send({
        jid,
        to: personOf(person),
        markdown: ports.markdownOf(text),
        subject: subject ?? null,
        thread: null,
        // What became of it is said in the chat of that person, who knows of no message there.
        messageId: null,
        key,
      });
      return "On its way.";
    },
  });
}
