/**
 * XEP-0050 Ad-Hoc Commands: every command of one stage, form and then result. The first
 * `execute` only shows what will happen; nothing is done before the person sends it back.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import {
  existingFor,
  validValues,
  type Command,
  type CommandForm,
  type CommandValues,
  type Report,
} from "../commands/definition.ts";
import { sentence } from "../commands/sentence.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { NS_DATA } from "../pep/namespaces.ts";
import { child, el, type XmlElement } from "../xml/element.ts";
import { createAdhocSessions, type AdhocSessions, type SessionLimits } from "./adhoc-sessions.ts";
import { dataForm, resultForm, submittedFields } from "./data-form.ts";
import type { DiscoItem, DiscoNode } from "./disco.ts";
import type { IqHandler, IqRequest } from "./handler.ts";

export const NS_COMMANDS = "http://jabber.org/protocol/commands";

export interface AdhocOptions {
  /** The component's domain: where the commands are. */
  readonly domain: string;
  readonly commands: readonly Command[];
  /** The post that the person last read or answered in a chat; null when absent. */
  readonly it?: (jid: Jid) => Promise<Guid | null>;
  /** Throws DX_TOO_FAST. */
  readonly pace?: (jid: Jid) => void;
  readonly now?: () => number;
  readonly sessions?: SessionLimits;
}

export interface Adhoc {
  readonly handlers: readonly IqHandler[];
  /** For disco: the node of the list, and each command's own. null for any other. */
  node(node: string, asker: Jid): Promise<DiscoNode | null>;
  readonly listItem: DiscoItem;
}

export function createAdhoc(options: AdhocOptions): Adhoc {
  const { domain, commands } = options;
  const limits = options.sessions ?? { count: 1_000, perJid: 5, ms: 10 * 60_000 };
  const sessions = createAdhocSessions(limits, options.now ?? Date.now);
  return {
    handlers: [
      {
        kind: "iq",
        to: "component",
        type: "set",
        ns: NS_COMMANDS,
        name: "command",
        features: [NS_COMMANDS, NS_DATA],
        answer: (request) => execute(options, sessions, request),
      },
    ],
    node: (node, asker) =>
      node === NS_COMMANDS ? listNode(commands, domain, asker) : commandNode(commands, node, asker),
    listItem: { jid: domain, node: NS_COMMANDS, name: "Commands" },
  };
}

async function listNode(
  commands: readonly Command[],
  domain: string,
  asker: Jid,
): Promise<DiscoNode> {
  const offered = await Promise.all(
    commands.map(async (command) => ((await command.mayUse(asker)) ? [command] : [])),
  );
  return {
    identities: [{ category: "automation", type: "command-list", name: "Commands" }],
    features: [NS_COMMANDS],
    items: offered.flat().map(({ node, name }) => ({ jid: domain, node, name })),
  };
}

// XEP-0050 §2.4.
async function commandNode(
  commands: readonly Command[],
  node: string,
  asker: Jid,
): Promise<DiscoNode | null> {
  const command = commands.find((candidate) => candidate.node === node);
  if (command === undefined || !(await command.mayUse(asker))) return null;
  return {
    identities: [{ category: "automation", type: "command-node", name: command.name }],
    features: [NS_COMMANDS, NS_DATA],
    items: [],
  };
}

async function execute(
  options: AdhocOptions,
  sessions: AdhocSessions,
  { from, payload }: IqRequest,
): Promise<XmlElement> {
  const { node, sessionid, action = "execute" } = payload.attrs;
  if (!ACTIONS.has(action)) throw new DxError("DX_COMMAND_ACTION");
  const known = await existingFor(from.bare, options.commands);
  const command = known.find((candidate) => candidate.node === node);
  if (command === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
  if (sessionid === undefined) {
    // XEP-0050 §3.4: the first word can only be execute.
    if (action !== "execute") throw new DxError("DX_COMMAND_STEP");
    const form = await command.form(from.bare);
    return executing(command, sessions.begin(from, command.node), form);
  }
  // There is one step only, so nothing stands before it.
  if (action === "prev") throw new DxError("DX_COMMAND_STEP");
  if (!sessions.end(sessionid, from, command.node)) throw new DxError("DX_COMMAND_SESSION");
  if (action === "cancel") return state(command, sessionid, "canceled");
  options.pace?.(from.bare);
  const values = await submitted(command, from.bare, payload);
  return await completed(command, sessionid, () =>
    command.run(from.bare, values, {
      it: () => options.it?.(from.bare) ?? Promise.resolve(null),
      key: sessionid,
    }),
  );
}

const ACTIONS = new Set(["execute", "next", "prev", "complete", "cancel"]);

async function submitted(
  command: Command,
  caller: Jid,
  payload: XmlElement,
): Promise<CommandValues> {
  const { fields } = await command.form(caller);
  const sent = child(payload, "x", NS_DATA);
  try {
    return validValues(fields, sent === undefined ? new Map() : submittedFields(sent));
  } catch (error) {
    if (!isDxError(error, "DX_BAD_REQUEST")) throw error;
    throw new DxError("DX_COMMAND_PAYLOAD", { evidence: error.evidence });
  }
}

/** XEP-0050 §3.6: a command that fails is completed, with a note that says so. */
async function completed(
  command: Command,
  sessionid: string,
  run: () => Promise<string | Report>,
): Promise<XmlElement> {
  try {
    const report = await run();
    const {
      said,
      level = "info",
      lines = [],
    }: Report = typeof report === "string" ? { said: report } : report;
    const note = el("note", { type: level }, said);
    if (lines.length === 0) return state(command, sessionid, "completed", note);
    return state(command, sessionid, "completed", resultForm(command.name, lines), note);
  } catch (error) {
    if (!isDxError(error)) throw error;
    return state(command, sessionid, "completed", el("note", { type: "error" }, sentence(error)));
  }
}

function executing(command: Command, sessionid: string, form: CommandForm): XmlElement {
  return state(
    command,
    sessionid,
    "executing",
    el("actions", { execute: "complete" }, el("complete")),
    dataForm(form, NS_COMMANDS),
  );
}

function state(
  { node }: Command,
  sessionid: string,
  status: "executing" | "completed" | "canceled",
  ...content: readonly XmlElement[]
): XmlElement {
  return el("command", { xmlns: NS_COMMANDS, node, sessionid, status }, content);
}
