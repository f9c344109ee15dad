/** How somebody wants to read, and what they want to be spared. */
import type { Preferences } from "../bridge/ports.ts";
import type { Command, CommandField, CommandValues, Report } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";
import { registeredCommand } from "./registered.ts";

type Choices<K extends keyof Preferences> = readonly (readonly [Preferences[K] & string, string])[];

const READS: Choices<"reads"> = [
  ["auto", "As my client does"],
  ["feed", "In a client for social feeds"],
  ["chat", "As chat messages"],
  ["both", "Both ways"],
];
const COMMENTS: Choices<"comments"> = [
  ["all", "Below all posts"],
  ["mine", "Where I take part"],
  ["none", "None"],
];
const FOLLOWERS: Choices<"followers"> = [
  ["ask", "Ask to be added to my contacts"],
  ["quiet", "Are only named in a message"],
];
const EDITS: Choices<"edits"> = [
  ["nothing", "Keep what they have"],
  ["correction", "Get a comment with the change"],
  ["replace", "Get the post anew, within ten minutes"],
];
const LIMITED: Choices<"limited"> = [
  ["home", "Stay on the XMPP side"],
  ["contacts", "Go to the contacts to whom my server shows them"],
];

const LABELS = {
  reads: "How do you read?",
  comments: "Comments in chats",
  followers: "New followers",
  edits: "Pods that know no changes",
  limited: "Posts that not everybody may read",
  listed: "Everybody may see whom you follow and who follows you",
  searchable: "You can be found by name",
};

export function preferencesCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "preferences",
    name: "Preferences",
    instructions: "How you read, and what you want to be spared.",
    fields: async (caller) => fieldsOf(await ports.preferences(caller)),
    run: async (jid, values): Promise<Report> => {
      const change = changeOf(values);
      const changed = Object.keys(change).length > 0;
      if (changed) await ports.setPreferences(jid, change);
      const lines = fieldsOf(await ports.preferences(jid)).map(
        ({ name, value = "", label }) => `${name}=${value}: ${label}`,
      );
      return { said: changed ? "Your preferences are kept." : "Your preferences:", lines };
    },
  });
}

function fieldsOf(now: Preferences): CommandField[] {
  const choice = (
    name: keyof typeof LABELS,
    value: string,
    choices: readonly (readonly [string, string])[],
  ): CommandField => ({
    name,
    label: LABELS[name],
    kind: "choice",
    required: false,
    value,
    choices,
  });
  const flag = (name: "listed" | "searchable"): CommandField => ({
    name,
    label: LABELS[name],
    kind: "flag",
    required: false,
    value: now[name] ? "1" : "0",
  });
  return [
    choice("reads", now.reads, READS),
    choice("comments", now.comments, COMMENTS),
    choice("followers", now.followers, FOLLOWERS),
    choice("edits", now.edits, EDITS),
    choice("limited", now.limited, LIMITED),
    flag("listed"),
    flag("searchable"),
  ];
}

/** Only what was said; `validValues` has seen to it that it is one of the choices. */
function changeOf(values: CommandValues): Partial<Preferences> {
  const one = <V extends string>(
    choices: readonly (readonly [V, string])[],
    value: string | undefined,
  ): V | undefined => choices.find(([known]) => known === value)?.[0];
  const flag = (value: string | undefined): boolean | undefined =>
    value === undefined ? undefined : value === "1" || value === "true";
  const all = {
    reads: one(READS, values["reads"]),
    comments: one(COMMENTS, values["comments"]),
    followers: one(FOLLOWERS, values["followers"]),
    edits: one(EDITS, values["edits"]),
    limited: one(LIMITED, values["limited"]),
    listed: flag(values["listed"]),
    searchable: flag(values["searchable"]),
  };
  return defined(all);
}

function defined<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in all) {
    const value = all[key];
    if (value !== undefined) Object.assign(kept, { [key]: value });
  }
  return kept;
}
