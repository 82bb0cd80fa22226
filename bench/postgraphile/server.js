// The profile read as PostGraphile serves it from schema.sql, with the settings
// that its documentation recommends for production.
import { createServer } from 'node:http'

import { postgraphile } from 'postgraphile'

const { DATABASE_URL, JWT_SECRET_KEY, LISTEN_ADDR } = process.env

const handler = postgraphile({ connectionString: DATABASE_URL, max: 8 }, 'bench', {
  jwtSecret: JWT_SECRET_KEY,
  jwtVerifyOptions: { algorithms: ['HS256'], audience: null },
  disableQueryLog: true,
  dynamicJson: true,
  graphiql: false,
  ignoreRBAC: true,
  retryOnInitFail: false,
  setofFunctionsContainNulls: false
})

const [host, port] = LISTEN_ADDR.split(':')
createServer(handler).listen(Number(port), host)
