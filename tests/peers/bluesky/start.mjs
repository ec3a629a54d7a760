// A whole AT-protocol network in one process: directory (PLC), personal data server (PDS), appview, moderation (ozone).
// Ports and the database come from the environment (see network.py); one line of JSON on standard output says that
// all of them answer. Ends on SIGTERM.
import { TestNetwork, mockMailer } from '@atproto/dev-env'

const port = (name) => {
  const value = Number(process.env[name])
  if (!value) throw new Error(`${name} must be set to a port`)
  return value
}

const appviewPort = port('APPVIEW_PORT')
const network = await TestNetwork.create({
  dbPostgresSchema: 'peer',
  plc: { port: port('PLC_PORT') },
  pds: { port: port('PDS_PORT'), hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: appviewPort, publicUrl: `http://localhost:${appviewPort}` },
  ozone: { port: port('OZONE_PORT'), chatUrl: 'http://localhost:1', chatDid: 'did:example:chat' },
})
mockMailer(network.pds) // no mail leaves: confirmation mails are kept in memory

console.log(
  JSON.stringify({
    ready: true,
    plc: network.plc.url,
    pds: network.pds.url,
    appview: network.bsky.url,
    appview_did: network.bsky.serverDid,
  }),
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
