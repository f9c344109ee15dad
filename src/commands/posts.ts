/** What a person does with posts of their own: write, change, take back. */
import type { Command, Report } from "./definition.ts";
import type { CommandPorts, OwnOutcome } from "./ports.ts";
import { registeredCommand, TARGET_FIELD, TEXT_FIELD } from "./registered.ts";
import { targetOf } from "./target.ts";

export function postCommands(ports: CommandPorts): Command[] {
  return [postCommand(ports), editCommand(ports), deleteCommand(ports)];
}

function postCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "post",
    name: "Write a post",
    instructions:
      "A public post is written into your own microblog, where your server lets this gateway do " +
      "so. A post to your contacts goes to the people who follow you and whom you follow.",
    fields: [
      TEXT_FIELD,
      {
        name: "to",
        label: "Who may read it",
        kind: "choice",
        required: false,
        value: "public",
        choices: [
          ["public", "Everybody"],
          ["contacts", "Your contacts"],
        ],
      },
    ],
    args: ["text"],
    run: async (jid, { text = "", to = "public" }, { key }): Promise<Report> => {
      const markdown = ports.markdownOf(text);
      const own = to === "public" ? await ports.publishOwn(jid, { markdown, key }) : null;
      if (own !== null) {
        const said = "Published in your own microblog; the federation gets it from there.";
        return { said, about: own };
      }
      const audience = to === "public" ? "public" : "limited";
      const guid = await ports.acts.post({ jid, markdown, audience, key });
      return { said: `${WHERE[audience]} ${ports.hostedAt(jid, guid)}`, about: guid };
    },
  });
}

const WHERE = {
  public:
    "Posted. Your server does not let this gateway write into your own microblog, so the post " +
    "lives here:",
  limited:
    "Posted to your contacts. Anybody may read your own microblog, so the post lives here, where " +
    "only they can:",
};

function editCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "edit",
    name: "Change a post or comment",
    instructions:
      "Many pods know no changes. What is done for those is in your preferences (edits).",
    fields: [TARGET_FIELD, TEXT_FIELD],
    args: ["target", "text"],
    run: async (jid, { target, text = "" }, occasion) => {
      const guid = await targetOf(target, jid, occasion, ports);
      const markdown = ports.markdownOf(text);
      const own = await ports.editOwn(jid, guid, markdown);
      if (own !== "done") await ports.acts.edit({ jid, guid, markdown });
      return { said: CHANGED[own], about: guid };
    },
  });
}

const CHANGED: Readonly<Record<OwnOutcome, string>> = {
  done: "Changed in your own microblog; the federation gets it from there.",
  "not-possible":
    "Changed on the federation. What stands in your own microblog is for your client to change.",
  elsewhere: "Changed.",
};

function deleteCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "delete",
    name: "Delete a post or comment",
    instructions:
      "Of your own, or a comment below a post of your own. The pods that have it are told.",
    fields: [TARGET_FIELD],
    args: ["target"],
    run: async (jid, { target }, occasion) => {
      const guid = await targetOf(target, jid, occasion, ports);
      await ports.acts.retract({ jid, guid });
      return DELETED[await ports.retractOwn(jid, guid)];
    },
  });
}

const DELETED: Readonly<Record<OwnOutcome, string>> = {
  done: "Deleted, in your own microblog too. The pods that have it are told.",
  "not-possible":
    "Deleted. The pods that have it are told. In your own microblog it still stands: delete it " +
    "there with your client.",
  elsewhere: "Deleted. The pods that have it are told.",
};
