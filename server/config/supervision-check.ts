// Checks of supervised sessions across the configuration: limits that bind nothing, and what a sealed page cannot do.
import { voiceSchema } from "../profiles/supervision.ts";
import type { Config } from "./load.ts";

/** Problems that stop the start: each would let the operator believe in a limit that is none. */
export const findSupervisionProblems = ({
  profiles,
  voice_limits: limits,
}: Pick<Config, "profiles" | "voice_limits">): string[] => [
  ...Object.entries(profiles).flatMap(([name, profile]) =>
    profile.supervision === "none" ? unsupervised(name, profile) : sealed(name, profile),
  ),
  ...(limits.length > 0 && Object.values(profiles).every(({ supervision }) => supervision === "none")
    ? [
        "voice_limits: only supervised sessions can be limited, and no profile is supervised; set `supervision` of a profile to watch, enforce or sealed, or remove them",
      ]
    : []),
];

type Profile = Config["profiles"][string];

const standard = JSON.stringify(voiceSchema.parse({}));

const unsupervised = (name: string, { voice }: Profile): string[] =>
  JSON.stringify(voice) === standard
    ? []
    : [
        `profiles.${name}.voice: is for supervised sessions; set profiles.${name}.supervision to watch, enforce or sealed, or remove it`,
      ];

const sealed = (name: string, { supervision, session, voice }: Profile): string[] => {
  if (supervision !== "sealed") return [];
  const own = session.type === "realtime" ? (session.tools ?? []) : [];
  return [
    ...(own.some(({ type }) => type === "function")
      ? [
          `profiles.${name}.session.tools: names functions, which the page of a sealed profile can neither see nor answer; remove them, or set profiles.${name}.supervision to enforce`,
        ]
      : []),
    ...(voice.page_tools === "session"
      ? [
          `profiles.${name}.voice.page_tools: the page of a sealed profile calls no tools; remove it, or set profiles.${name}.supervision to enforce`,
        ]
      : []),
  ];
};
