// Cuts out of an upstream's words what only the operator may know: keys, accounts, projects, people.

const maxCharacters = 1000
const mask = '[redacted]'

const secrets: readonly RegExp[] = [
  // Keys, also half-masked ones (`sk-ab***yz`), and tokens after their scheme.
  /\b(?:sk|pk|rk|gsk|xai|csk|hf|fw|nvapi|tgp|pplx|api|key|ak)[-_][\w*.…-]{6,}/gi,
  /\bAIza[\w-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{8,}/gi,
  /\beyJ[\w-]{10,}\.[\w.-]+/g,
  // Accounts, organisations, projects, people.
  /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b(?:org|proj|project|acct|account|user|team|wrkspc|workspace)[-_][A-Za-z0-9*]{6,}/g,
  /\barn:aws[\w-]*:[^\s"',]+/g,
  /\bprojects\/[^\s/"',]+/g,
  /(?<=\b(?:organization|organisation|project|account|workspace)\s+(?:id\s+)?["'`])[^"'`]+(?=["'`])/gi,
  // Whatever is too long and too mixed to be a word.
  /\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{40,}\b/g,
]

/**
 * `text` without keys, accounts, projects and people, on one line, at most 1,000 characters. Keys in
 * `known` are cut whatever they look like.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const line = known
    .reduce((rest, key) => rest.replaceAll(key, mask), text)
    .slice(0, maxCharacters * 4)
    .replace(/\s+/g, ' ')
    .trim()
  const clean = secrets.reduce((rest, secret) => rest.replace(secret, mask), line)
  return clean.length > maxCharacters ? `${clean.slice(0, maxCharacters)}…` : clean
}
