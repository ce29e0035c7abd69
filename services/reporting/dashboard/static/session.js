// Who is signed in. The token lives in this tab's session storage: it survives a reload, not the tab.

import { Problem } from "./problems.js";

const TOKEN = "khoi.token";
const UNDER_WAY = "khoi.sign-in";

export const token = () => sessionStorage.getItem(TOKEN);

export const keep = (value) => sessionStorage.setItem(TOKEN, value.trim());

export const forget = () => sessionStorage.removeItem(TOKEN);

const encoded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

const here = () => location.origin + location.pathname;

async function provider(issuer) {
  let answer;
  try {
    answer = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, { cache: "no-store" });
  } catch {
    throw new Problem(0, "Không kết nối được hệ thống xác thực", "Không đọc được cấu hình đăng nhập của đơn vị.");
  }
  if (!answer.ok) {
    throw new Problem(answer.status, "Hệ thống xác thực báo lỗi", "Không đọc được cấu hình đăng nhập của đơn vị.");
  }
  return answer.json();
}

// Authorization code with PKCE (RFC 7636): the page has no secret, so it proves that it is the one that asked.
export async function begin(signIn) {
  const { authorization_endpoint: endpoint } = await provider(signIn.issuer);
  const state = random();
  const verifier = random();
  const challenge = encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  sessionStorage.setItem(UNDER_WAY, JSON.stringify({ state, verifier, search: location.search }));
  const address = new URL(endpoint);
  const asked = {
    response_type: "code", client_id: signIn.client, redirect_uri: here(), scope: signIn.scope, state,
    code_challenge: challenge, code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

// Takes the code out of the address, when the provider has just sent the person back; otherwise does nothing.
export async function finish(signIn) {
  const given = new URLSearchParams(location.search);
  if (!given.has("state") || !(given.has("code") || given.has("error"))) return;
  const begun = JSON.parse(sessionStorage.getItem(UNDER_WAY) ?? "{}");
  sessionStorage.removeItem(UNDER_WAY);
  history.replaceState(null, "", here() + (begun.search ?? ""));
  if (given.get("state") !== begun.state) {
    throw new Problem(401, "Đăng nhập không hoàn tất", "Trả lời của hệ thống xác thực không thuộc lần đăng nhập này.");
  }
  if (given.has("error")) {
    throw new Problem(401, "Đăng nhập không hoàn tất",
      `Hệ thống xác thực từ chối (${given.get("error_description") ?? given.get("error")}).`);
  }
  const { token_endpoint: endpoint } = await provider(signIn.issuer);
  const answer = await fetch(endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code", code: given.get("code"), redirect_uri: here(),
      client_id: signIn.client, code_verifier: begun.verifier,
    }),
  });
  if (!answer.ok) {
    throw new Problem(401, "Đăng nhập không hoàn tất", "Hệ thống xác thực không cấp mã truy cập.");
  }
  keep((await answer.json()).access_token);
}
