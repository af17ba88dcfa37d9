// The project's mark.

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="9" />
    <path d="M8.5 14v4M13.5 9.5v13M18.5 12v8M23.5 14.8v2.4" />
  </svg>
);
