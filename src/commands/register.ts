/**
 * Opting in and out. Nobody is bridged who has not said so: registering is that word, and
 * taking it back ends it. The one definition of both; XEP-0077 and XEP-0050 render it.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Command } from "./definition.ts";
import { mayRegister, type RegistrationPolicy } from "./registration-policy.ts";

export interface RegistrationPorts {
  find(jid: Jid): Promise<{ readonly diasporaId: string } | null>;
  /** Idempotent. */
  register(jid: Jid): Promise<{ readonly diasporaId: string }>;
  /** Returns until when registering again undoes it; null when there was nobody. */
  remove(jid: Jid): Promise<Date | null>;
  /** Everything of the old account is this one's. Throws DX_NOT_MOVED, DX_NOT_REGISTERED. */
  move(jid: Jid, from: Jid): Promise<{ readonly diasporaId: string }>;
}

const CONSENT =
  "People of the diaspora* federation will be able to find you by an address of this gateway, " +
  "to follow you, and to read what you post publicly. What you post is copied to their servers.";

export function registerCommand(ports: RegistrationPorts, policy: RegistrationPolicy): Command {
  const check = (caller: Jid): void => {
    if (!mayRegister(policy, caller)) throw new DxError("DX_REGISTRATION_REFUSED");
  };
  return {
    node: "jabber:iq:register",
    word: "register",
    confirm: true,
    name: "Take part in the diaspora* federation",
    mayUse: (caller) => Promise.resolve(mayRegister(policy, caller)),
    form: async (caller) => {
      const person = await ports.find(caller);
      // Who takes part already sees it, also after the policy has changed.
      if (person === null) check(caller);
      return {
        title: "Take part in the diaspora* federation",
        instructions: person === null ? CONSENT : `You take part as ${person.diasporaId}.`,
        fields: [],
      };
    },
    run: async (caller) => {
      if ((await ports.find(caller)) === null) check(caller);
      // Also of who takes part already: the presence that was refused or lost is asked for again.
      const { diasporaId } = await ports.register(caller);
      return `You take part in the diaspora* federation as ${diasporaId}.`;
    },
  };
}

const LEFT = "You no longer take part in the diaspora* federation.";

export function unregisterCommand(ports: RegistrationPorts): Command {
  const known = async (caller: Jid): Promise<string> => {
    const person = await ports.find(caller);
    if (person === null) throw new DxError("DX_NOT_REGISTERED");
    return person.diasporaId;
  };
  return {
    node: "unregister",
    confirm: true,
    name: "Leave the diaspora* federation",
    mayUse: async (caller) => (await ports.find(caller)) !== null,
    form: async (caller) => ({
      title: "Leave the diaspora* federation",
      instructions:
        `${await known(caller)} will be closed: at once nobody can find or follow you there any ` +
        "more, and nothing that you post leaves this server. For some days you can undo it by " +
        "registering again. After that the account is closed for good: other servers are asked to " +
        "delete what they have of you, and what you said is erased here. Take your data along " +
        "before (export).",
      fields: [],
    }),
    run: async (caller) => {
      await known(caller);
      const endsAt = await ports.remove(caller);
      if (endsAt === null) return LEFT;
      const day = endsAt.toISOString().slice(0, 10);
      return (
        `${LEFT} Until ${day} registering again undoes it, if this gateway stays in your contacts; ` +
        "without it only the operator can. Then the account is closed for good, here and on other " +
        "servers."
      );
    },
  };
}
