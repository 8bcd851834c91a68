// Asks as curl does, for machines that have none: the few options that pages and banner use. The status
// goes to standard error, as `run-shell.ts` has it from curl.

const words = process.argv.slice(2)
const headers = new Headers()
let url
let body

for (let word = words.shift(); word !== undefined; word = words.shift()) {
  if (word === '-H') {
    const [name, ...value] = (words.shift() ?? '').split(':')
    headers.set(name, value.join(':').trim())
  } else if (word === '-d') {
    body = words.shift()
  } else if (/^-[sSN]+$/.test(word)) {
  } else if (word.startsWith('-') || url !== undefined) {
    console.error(`the stand-in for curl does not know ${word}`)
    process.exit(2)
  } else {
    url = word
  }
}

const answer = await fetch(url, { method: body === undefined ? 'GET' : 'POST', headers, body })
for await (const chunk of answer.body ?? []) process.stdout.write(chunk)
process.stderr.write(String(answer.status))
