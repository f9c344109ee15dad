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
  remove(jid: Jid): Promise<void>;
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
        `${await known(caller)} will be closed: nobody can find or follow you there any more, and ` +
        "nothing that you post leaves this server. Copies on other servers stay. The address is " +
        "kept for you and given to nobody else.",
      fields: [],
    }),
    run: async (caller) => {
      await known(caller);
      await ports.remove(caller);
      return "You no longer take part in the diaspora* federation.";
    },
  };
}
