// The reporting API, asked as the person who is signed in.

import { Problem, problemOf } from "./problems.js";
import * as session from "./session.js";

export async function ask(path, query = {}) {
  const address = new URL(`/api/reporting/${path}`, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") address.searchParams.set(name, value);
  }
  let response;
  try {
    response = await fetch(address, {
      headers: { Authorization: `Bearer ${session.token()}`, "Accept-Language": "vi" },
      cache: "no-store",
    });
  } catch {
    throw Problem.unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return response.json();
}
