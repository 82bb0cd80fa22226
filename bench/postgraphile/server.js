// The profile query of PostGraphile on schema.sql, with PostGraphile's own token
// check.
import './node20.js' // first: the other modules need it

import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'

import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PgLazyJWTPreset } from 'postgraphile/presets/lazy-jwt'

const { DATABASE_URL, JWT_SECRET_KEY, LISTEN_ADDR } = process.env

const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PgLazyJWTPreset],
  pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ['bench'], poolConfig: { max: 8 } })],
  grafserv: {
    graphiql: false,
    watch: false,
    pgJwtSecret: createSecretKey(Buffer.from(JWT_SECRET_KEY)), // a string would be parsed at each request
    pgJwtVerifyOptions: { algorithms: ['HS256'], audience: undefined }
  }
})

const [host, port] = LISTEN_ADDR.split(':')
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(port), host)
