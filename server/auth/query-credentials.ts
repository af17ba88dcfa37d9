// Refuses credentials in a query string, where logs and browser histories would keep them.

const names = new Set([
  "access_token",
  "api_key",
  "apikey",
  "auth_token",
  "authorization",
  "bearer",
  "id_token",
  "jwt",
  "token",
]);

/** Whether a query parameter of this name counts as a credential, whatever its value. */
export const isCredentialName = (name: string): boolean => names.has(name.toLowerCase().replaceAll("-", "_"));

const credentialValue =
  /^(?:Bearer [\w.~+/=-]{16,}|rkb_\w{8,}|(?:ek|vg)_[\w-]{16,}|sk-[\w-]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]*)$/;

/** Whether a query string carries a credential, by a parameter's name or by the form of its value. */
export const holdsCredential = (query: string): boolean => {
  if (query === "") return false;
  for (const [name, value] of new URLSearchParams(query)) {
    if (isCredentialName(name) || credentialValue.test(value)) return true;
  }
  return false;
};
