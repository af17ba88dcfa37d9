// Whether a database's tables are those of this program.
import type { About } from "./about.ts";
import type { Finding } from "./finding.ts";

/** `version` is the tables', 0 where there are none; `newest` is what this program knows. */
export const findSchemaFaults = (on: About, version: number, newest: number): Finding[] => {
  const figures = { version, newest };
  if (version > newest) {
    return [
      on.fault(
        "database.newer",
        `has tables of version ${version}, and this program knows up to ${newest}`,
        "A newer version of the service has been started with it; this one could misread it, and does not start.",
        "Use the newer program again, or restore the backup from before.",
        figures,
      ),
    ];
  }
  if (version === 0) return [on.note("database.empty", "is empty; the first start makes its tables")];
  if (version === newest) return [];
  return [
    on.note(
      "database.pending",
      `has tables of version ${version}; the next start brings them to ${newest}`,
      "Make a backup before: there is no way back to the older program.",
      figures,
    ),
  ];
};
