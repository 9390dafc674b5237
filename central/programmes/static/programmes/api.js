// Talking to the server. Whatever goes wrong is said in words and loses nothing on the page.

import {t} from "./page.js";

/** The cookie's, for the page's own is worth nothing once somebody has signed in anew in another tab. */
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]").value;

/** {status, body}; status 0 when the server does not answer or the session has ended: `body.error` says which. */
async function ask(url, options) {
  let answer;
  try {
    answer = await fetch(url, {...options, redirect: "manual", credentials: "same-origin"});
  } catch {
    return {status: 0, body: {error: t("The server does not answer. Your work stays on this page; try again.")}};
  }
  if (answer.type === "opaqueredirect") {
    return {status: 0, body: {error: t("You are signed out. Sign in in another tab, then save here: your work stays on this page.")}};
  }
  try {
    return {status: answer.status, body: await answer.json()};
  } catch {
    const words = answer.status === 403 ? t("You may not do this.") : t("The server could not do this ({status}).", {status: answer.status});
    return {status: answer.status, body: {error: words}};
  }
}

export const get = (url) => ask(url, {});

export const post = (url, body) =>
  ask(url, {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-CSRFToken": token()},
    body: JSON.stringify(body),
  });
