// Who is looking: a random token kept in this browser alone (it lets a refreshed tab stop its own run), and the page's language.
const KEY = "genai-balance-owner";

function token() {
  let value = null;
  try {
    value = window.localStorage.getItem(KEY);
  } catch (denied) {
    return "";
  }
  if (!value || !/^[0-9a-f]{48}$/.test(value)) {
    const bytes = new Uint8Array(24);
    window.crypto.getRandomValues(bytes);
    value = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    try {
      window.localStorage.setItem(KEY, value);
    } catch (denied) {
      return value;
    }
  }
  return value;
}

// Streamlit takes the folder pages/ for an app of its old kind until the first st.navigation of a process has run. A deep link
// in that very first session gets its page, and beneath a dialog that says there is no such page: close it.
function closeFalseAlarm() {
  for (const dialog of document.querySelectorAll('[role="dialog"]')) {
    if (dialog.textContent.includes("page that you have requested does not seem to exist")) {
      dialog.querySelector('button[aria-label="Close"]')?.click();
    }
  }
}

export default function (component) {
  const { data, setStateValue } = component;
  document.documentElement.lang = data.lang === "zh" ? "zh-CN" : data.lang;
  if (data.found) {
    closeFalseAlarm();
    window.setTimeout(closeFalseAlarm, 300);
  }
  const known = token();
  if (data.known !== known) {
    setStateValue("token", known);
  }
}
