/** All commands, in the order in which they are listed. */
import { answerCommands } from "./answers.ts";
import type { Command } from "./definition.ts";
import { deliveryCommands } from "./deliveries.ts";
import { exportCommand, purgeCommand } from "./export.ts";
import type { ModerationPorts } from "./moderation-ports.ts";
import { moderationCommands } from "./moderation.ts";
import { moveCommand } from "./move.ts";
import { peopleCommands } from "./people.ts";
import type { CommandPorts } from "./ports.ts";
import { postCommands } from "./posts.ts";
import { preferencesCommand } from "./preferences.ts";
import { registerCommand, unregisterCommand } from "./register.ts";
import type { RegistrationPolicy } from "./registration-policy.ts";
import { strangerCommands } from "./strangers.ts";
import { whoCommand } from "./who.ts";

export interface Commands {
  readonly all: readonly Command[];
  /** XEP-0077 is a door of these two. */
  readonly register: Command;
  readonly unregister: Command;
}

export interface ModerationDoor {
  readonly ports: ModerationPorts;
  /** Strangers wait here for a yes. */
  readonly quarantine: boolean;
}

export function createCommands(
  ports: CommandPorts,
  policy: RegistrationPolicy,
  moderation: ModerationDoor | null = null,
): Commands {
  const register = registerCommand(ports.registration, policy);
  const unregister = unregisterCommand(ports.registration);
  return {
    register,
    unregister,
    all: [
      register,
      ...peopleCommands(ports),
      ...postCommands(ports),
      ...deliveryCommands(ports),
      whoCommand(ports),
      ...answerCommands(ports),
      preferencesCommand(ports),
      exportCommand(ports),
      purgeCommand(ports),
      moveCommand(ports.registration),
      ...(moderation?.quarantine === true
        ? strangerCommands(ports.registration, moderation.ports)
        : []),
      ...(moderation === null ? [] : moderationCommands(moderation.ports)),
      unregister,
    ],
  };
}
