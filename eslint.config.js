/**
 * The rules of the code: typescript-eslint's strictest set with types, and the measures of
 * the house (docs/architecture.md). Who may import whom is in .dependency-cruiser.cjs.
 */
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import homes from "./scripts/homes.cjs";

const SOURCE = ["src/**/*.ts", "migrations/**/*.ts"];
const TOOLS = ["dev/**/*.ts", "scripts/**/*.ts", "bench/**/*.ts"];
const TESTS = ["test/**/*.ts"];

/** For the files of these folders: every package that has its home elsewhere. */
function foreignPackages(folder) {
  const elsewhere = Object.entries(homes.HOMES).filter(([, at]) => !at.includes(folder));
  return [
    "error",
    {
      paths: elsewhere.map(([name, at]) => ({
        name,
        message: `Its home is src/${at.join(", src/")}.`,
      })),
    },
  ];
}

const folders = new Set(Object.values(homes.HOMES).flat());

const SYNTAX = [
  {
    selector: "ExportDefaultDeclaration",
    message: "Named exports only: a thing has one name everywhere.",
  },
  {
    selector: "ClassDeclaration[superClass.name=/EventEmitter$/]",
    message: "Our modules speak through functions, not events.",
  },
];

const XML_BY_HAND = {
  selector: "TemplateLiteral[quasis.0.value.raw=/^\\s*</]",
  message: "XML is built with el() of src/xml/element.ts, never by hand.",
};

export default defineConfig(
  globalIgnores(["dist/", "var/", "coverage/", "test/fixtures/", "node_modules/"]),
  {
    files: [...SOURCE, ...TOOLS, ...TESTS],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true },
    rules: {
      complexity: ["error", { max: 12, variant: "modified" }],
      eqeqeq: "error",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true }],
      "no-restricted-syntax": ["error", ...SYNTAX, XML_BY_HAND],
      "no-eval": "error",
      "prefer-const": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/consistent-type-imports": [
        "error",
        // A type of a module that is only loaded when it is needed.
        { fixStyle: "separate-type-imports", disallowTypeAnnotations: false },
      ],
      // What has methods here is a record of closures: no function of ours has a `this`.
      "@typescript-eslint/unbound-method": "off",
      // Texts are measured in code points here, which is what spreading a string gives.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { varsIgnorePattern: "^_", argsIgnorePattern: "^_" },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: { "no-console": "error", "no-restricted-imports": foreignPackages("") },
  },
  ...[...folders].map((folder) => ({
    files: [`src/${folder}/**/*.ts`, `src/${folder}.ts`],
    rules: { "no-restricted-imports": foreignPackages(folder) },
  })),
  {
    // Here, and only here, XML is text.
    files: ["src/xml/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...SYNTAX] },
  },
  {
    // A list of tables is as long as there are tables.
    files: ["migrations/**/*.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    // Other people's classes, described.
    files: ["**/*.d.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: TESTS,
    rules: {
      "max-lines-per-function": "off",
      // A test may write the peer's XML as the peer does.
      "no-restricted-syntax": ["error", ...SYNTAX],
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "describe", "it", "suite"] },
          ],
        },
      ],
    },
  },
);
