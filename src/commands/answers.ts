/** What a person does with what somebody posted: comment, like, pass on, vote, say whether they come. */
import { parseGuid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Command, Report } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";
import {
  registeredCommand,
  TARGET_FIELD,
  TEXT_FIELD,
  type RegisteredCommand,
} from "./registered.ts";
import { targetOf } from "./target.ts";

const ATTENDING = { yes: "rsvp-yes", no: "rsvp-no", maybe: "rsvp-maybe" } as const;

export function answerCommands(ports: CommandPorts): Command[] {
  const { acts } = ports;
  const define = (command: RegisteredCommand): Command =>
    registeredCommand(ports.registration, command);
  return [
    define({
      node: "comment",
      name: "Comment on a post",
      instructions: "Whoever can see the post can see the comment.",
      fields: [TARGET_FIELD, TEXT_FIELD],
      args: ["target", "text"],
      run: async (jid, { target, text = "" }, occasion) => {
        const about = await targetOf(target, jid, occasion, ports);
        const { key, messageId } = occasion;
        await acts.comment({
          jid,
          about,
          markdown: ports.markdownOf(text),
          key,
          ...(messageId === undefined ? {} : { messageId }),
        });
        return { said: "Commented.", about };
      },
    }),
    define(aboutTarget(ports, "like", "Like a post or comment", "Liked.", acts.like)),
    define(aboutTarget(ports, "unlike", "Take a like back", "You no longer like it.", acts.unlike)),
    define(
      aboutTarget(ports, "reshare", "Pass a post on", "Passed on.", ({ jid, about }) =>
        acts.share({ jid, root: about }),
      ),
    ),
    voteCommand(ports),
    rsvpCommand(ports),
  ];
}

function aboutTarget(
  ports: CommandPorts,
  node: string,
  name: string,
  said: string,
  act: CommandPorts["acts"]["like"] | CommandPorts["acts"]["unlike"],
): RegisteredCommand {
  return {
    node,
    name,
    instructions: "Its author is told, and whoever else can see the post.",
    fields: [TARGET_FIELD],
    args: ["target"],
    run: async (jid, { target }, occasion): Promise<Report> => {
      const about = await targetOf(target, jid, occasion, ports);
      await act({ jid, about });
      return { said, about };
    },
  };
}

function voteCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "vote",
    name: "Vote in a poll",
    instructions: "Each person has one vote, which cannot be changed.",
    fields: [
      TARGET_FIELD,
      { name: "answer", label: "Number of the answer, from 1 on", kind: "text", required: true },
    ],
    args: ["target", "answer"],
    run: async (jid, { target, answer = "" }, occasion) => {
      const post = await targetOf(target, jid, occasion, ports);
      const chosen = /^[1-9]\d{0,2}$/.test(answer) ? Number(answer) : parseGuid(answer);
      if (chosen === null) throw new DxError("DX_BAD_REQUEST", { evidence: { field: "answer" } });
      await ports.acts.vote({ jid, post, answer: chosen });
      return { said: "Voted.", about: post };
    },
  });
}

function rsvpCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "rsvp",
    name: "Say whether you come",
    instructions: "To the event of a post. The last word counts.",
    fields: [
      TARGET_FIELD,
      {
        name: "answer",
        label: "Will you come?",
        kind: "choice",
        required: true,
        choices: [
          ["yes", "Yes"],
          ["no", "No"],
          ["maybe", "Perhaps"],
        ],
      },
    ],
    args: ["target", "answer"],
    run: async (jid, { target, answer = "" }, occasion) => {
      const post = await targetOf(target, jid, occasion, ports);
      if (answer !== "yes" && answer !== "no" && answer !== "maybe") {
        throw new DxError("DX_BAD_REQUEST", { evidence: { field: "answer" } });
      }
      await ports.acts.attend({ jid, post, verb: ATTENDING[answer] });
      return { said: "The host is told.", about: post };
    },
  });
}
