/** What the words of person-commands.ts do. */
import { bareJid, type Jid } from "../activitystreams/ids.ts";
import { dateOf, doubtLine, personLines } from "../commands/person-words.ts";
import { loadConfig } from "../config.ts";
import { withAccounts, type TerminalAccounts } from "../daemon/terminal-accounts.ts";
import { DxError } from "../errors/error.ts";
import type { Io } from "./io.ts";
import type { PersonOptions } from "./person-commands.ts";

export async function showPerson(who: string, options: PersonOptions, io: Io): Promise<number> {
  return await act(options, io, async ({ show }) => {
    const facts = await show(who.trim().toLowerCase());
    if (facts === null) throw new DxError("DX_ITEM_NOT_FOUND", { detail: who });
    personLines(facts).forEach(io.out);
  });
}

export async function showDoubted(options: PersonOptions, io: Io): Promise<number> {
  return await act(options, io, async ({ doubted }) => {
    const all = await doubted();
    if (all.length === 0) io.out("Nobody is doubted.");
    all.map(doubtLine).forEach(io.out);
  });
}

export async function closePerson(jid: string, options: PersonOptions, io: Io): Promise<number> {
  return await act(options, io, async ({ close }) => {
    const endsAt = await close(wanted(jid), options.now === true);
    io.out(
      options.now === true
        ? `${jid} is closed for good: a running daemon tells the pods and erases what was said.`
        : `${jid} is closed. Until ${dateOf(endsAt)} \`person reopen\` undoes it.`,
    );
  });
}

export async function reopenPerson(jid: string, options: PersonOptions, io: Io): Promise<number> {
  return await act(options, io, async ({ reopen }) => {
    io.out(`${jid} takes part again as ${(await reopen(wanted(jid))).diasporaId}.`);
  });
}

export async function movePerson(
  from: string,
  to: string,
  options: PersonOptions,
  io: Io,
): Promise<number> {
  return await act(options, io, async ({ move }) => {
    const next = await move({ from: wanted(from), to: wanted(to) });
    io.out(`Everything of ${from} belongs to ${to} now, who is ${next.diasporaId}.`);
  });
}

/** Line by line: whoever reads it more slowly than it is written is waited for. */
export async function exportPerson(jid: string, options: PersonOptions, io: Io): Promise<number> {
  return await act(options, io, async ({ everything }) => {
    for await (const line of everything(wanted(jid))) {
      io.out(JSON.stringify(line));
      await io.drained?.();
    }
  });
}

async function act(
  options: PersonOptions,
  io: Io,
  work: (accounts: TerminalAccounts) => Promise<void>,
): Promise<number> {
  await withAccounts(loadConfig({ file: options.config, env: io.env }), work);
  return 0;
}

function wanted(text: string): Jid {
  const jid = bareJid(text);
  if (jid === null) throw new DxError("DX_USAGE", { detail: `${text} is no JID` });
  return jid;
}
