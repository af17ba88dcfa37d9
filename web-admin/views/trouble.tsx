// What could not be done, and what to do about it.
import type { Problem } from "../api/api.ts";

export const Trouble = ({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) => (
  <div class="trouble" role="alert">
    <p>
      <b>{problem.title}.</b> {problem.detail}
    </p>
    {problem.errors && (
      <ul>
        {problem.errors.map(({ pointer, detail }) => (
          <li key={pointer}>
            <code>{pointer.slice(1)}</code> {detail}
          </li>
        ))}
      </ul>
    )}
    {onRetry && (
      <button type="button" class="secondary" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);
