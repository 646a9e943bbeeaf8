// Drives the sandbox with the official JavaScript client, as an app would, and prints what it saw as
// one JSON object: the assertions are in test_javascript_client.py.
//
// Environment: AURA_NPM (the folder whose node_modules holds the client), AURA_URL, AURA_KEY.

import { createRequire } from 'node:module'
import { randomUUID } from 'node:crypto'

const require = createRequire(`${process.env.AURA_NPM}/package.json`)
const { createClient } = require('@supabase/supabase-js')
const WebSocket = require('ws')

const PASSWORD = 'correct horse battery'
const PHOTO = Buffer.from('not a picture, but bytes are bytes')
const DEADLINE_MS = 45_000

const options = {
  auth: { persistSession: false, autoRefreshToken: false },
  realtime: { transport: WebSocket }, // Node 20 has no WebSocket of its own
}
const openClient = () => createClient(process.env.AURA_URL, process.env.AURA_KEY, options)

function must({ data, error }) {
  if (error) throw new Error(`${error.name ?? ''} ${error.code ?? ''}: ${error.message}`)
  return data
}

async function until(condition, what, seen = []) {
  const end = Date.now() + DEADLINE_MS
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what}: not within ${DEADLINE_MS} ms; seen: ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function signUp(name) {
  const client = openClient()
  const email = `${name}-${randomUUID()}@example.com`
  const { user } = must(await client.auth.signUp({ email, password: PASSWORD }))
  const { session } = must(await client.auth.signInWithPassword({ email, password: PASSWORD }))
  must(await client.auth.refreshSession())
  return { client, id: user.id, sameUser: session.user.id === user.id, email }
}

async function listen(person) {
  const heard = []
  const told = []
  await person.client.realtime.setAuth((await person.client.auth.getSession()).data.session.access_token)
  const channel = person.client.channel(`test-${randomUUID()}`)
  channel.on('postgres_changes', { event: '*', schema: 'public', table: 'clothing_items' }, (change) =>
    heard.push({ type: change.eventType, id: change.new?.id ?? change.old?.id, name: change.new?.name ?? null }),
  )
  channel.on('system', {}, (message) => told.push(message))
  channel.subscribe((state, error) => told.push({ state, error: error?.message }))
  await until(() => told.some((message) => message.status === 'ok'), 'subscription', told)
  return heard
}

async function rows(alice, bob) {
  const items = (person) => person.client.from('clothing_items')
  const item = must(await items(alice).insert({ user_id: alice.id, name: 'coat' }).select().single())
  const planted = await items(bob).insert({ user_id: alice.id, name: 'planted' })
  return {
    own: must(await items(alice).select('name').eq('user_id', alice.id)),
    foreignRead: must(await items(bob).select().eq('id', item.id)),
    foreignUpdated: must(await items(bob).update({ name: 'mine' }).eq('id', item.id).select()),
    plantedCode: planted.error?.code,
  }
}

async function photos(alice, bob, bucket) {
  const path = `${alice.id}/${randomUUID()}.jpg`
  const store = alice.client.storage.from(bucket)
  must(await store.upload(path, new Blob([PHOTO], { type: 'image/jpeg' }), { contentType: 'image/jpeg' }))
  const again = await store.upload(path, PHOTO, { contentType: 'image/jpeg' })
  must(await store.update(path, PHOTO, { contentType: 'image/jpeg' })) // a bare body this time
  const downloaded = Buffer.from(await must(await store.download(path)).arrayBuffer())
  const { signedUrl } = must(await store.createSignedUrl(path, 60))
  const { publicUrl } = store.getPublicUrl(path).data
  const result = {
    downloaded: downloaded.equals(PHOTO),
    signed: Buffer.from(await (await fetch(signedUrl)).arrayBuffer()).equals(PHOTO),
    publicStatus: (await fetch(publicUrl)).status,
    again: again.error?.message,
    foreignRead: (await bob.client.storage.from(bucket).download(path)).error !== null,
    foreignWrite: (await bob.client.storage.from(bucket).upload(`${alice.id}/x.jpg`, PHOTO)).error?.message,
    listed: must(await store.list(alice.id)).map((entry) => `${alice.id}/${entry.name}` === path),
  }
  must(await store.remove([path]))
  return { ...result, removed: !must(await store.list(alice.id)).length }
}

// Only what concerns the item counts: the server may have been behind, and then tells a new listener
// of rows from before, too.
async function changes(person) {
  const heard = await listen(person)
  const table = person.client.from('clothing_items')
  const item = must(await table.insert({ user_id: person.id, name: 'dress' }).select().single())
  const ofItem = () => heard.filter((change) => change.id === item.id)
  await until(() => ofItem().length === 1, 'the insert', heard)
  must(await table.update({ name: 'gown' }).eq('id', item.id))
  await until(() => ofItem().length === 2, 'the update', heard)
  must(await table.delete().eq('id', item.id))
  await until(() => ofItem().length === 3, 'the deletion', heard)
  return { types: ofItem().map((change) => change.type), names: ofItem().map((change) => change.name) }
}

async function main() {
  const [alice, bob] = [await signUp('alice'), await signUp('bob')]
  const wrong = await openClient().auth.signInWithPassword({ email: alice.email, password: 'wrong' })
  const claims = must(await alice.client.auth.getClaims()).claims
  const seen = {
    signedIn: alice.sameUser && bob.sameUser,
    claimsAreMine: claims.sub === alice.id,
    wrongPassword: wrong.error?.code,
    rows: await rows(alice, bob),
    public: await photos(alice, bob, 'photos'),
    private: await photos(alice, bob, 'private-photos'),
    changes: await changes(alice),
  }
  must(await alice.client.auth.signOut())
  for (const person of [alice, bob]) await person.client.removeAllChannels()
  return seen
}

main().then(
  (seen) => { console.log(JSON.stringify(seen)); process.exit(0) },
  (error) => { console.error(error.stack); process.exit(1) },
)
