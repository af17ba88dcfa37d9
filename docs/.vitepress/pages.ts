// The pages of the documentation, in the order in which a reader needs them.

const section = (text: string, pages: Readonly<Record<string, string>>) => ({
  text,
  items: Object.entries(pages).map(([link, title]) => ({ text: title, link: `/${link}` })),
});

export const start = section("Start", {
  start: "The first ten minutes",
  configuration: "Configuration",
});

export const guides = section("Guides", {
  client: "Voice in your page",
  sessions: "Supervised sessions",
  "gpt-live": "GPT-Live",
  relay: "OpenAI's clients",
  "adding-a-tool": "Tools",
  mcp: "MCP",
  "identity-providers": "Identity providers",
  users: "Users",
  "signed-requests": "Signed requests",
  mounting: "In the server you have",
  "behind-a-proxy": "Behind a proxy",
  limits: "Limits",
  budgets: "Budgets",
  emulator: "The emulator, for your tests",
});

export const reference = section("Reference", {
  "reference/settings": "Settings",
  "reference/broker-yaml": "broker.yaml",
  "reference/routes": "Routes",
  "reference/errors": "Errors",
  "reference/metrics": "Metrics",
  "reference/command-line": "Command line",
  "reference/client": "Client modules",
});

export const operations = section("Operations", {
  deploy: "Deploying it",
  production: "Before production",
  doctor: "What is wrong? Doctor",
  running: "Running it",
  secrets: "Secrets",
  reload: "Changing it while it runs",
  tls: "TLS and proxies",
  scaling: "Many users",
  observability: "Observability",
  prices: "What it costs",
  books: "The books",
  admin: "The operator's page",
  audit: "The audit trail",
  "upstream-keys": "Several keys at OpenAI",
  "workload-identity": "No key at all",
  rotation: "Rotating keys",
  "rejected-credentials": "Rejected credentials",
});

export const howItWorks = section("How it works", {
  "way-of-a-request": "The way of a request",
  threats: "Threats",
  "decisions/README": "Decisions",
});
